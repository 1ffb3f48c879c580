import type { FileSystem } from "../file-system.ts";
import type { ExpansionRecord } from "../load/candidate.ts";
import type { SourceState } from "../load/source-state.ts";
import { contentHash } from "../sources/content-hash.ts";

export interface Inputs {
  readonly states: readonly SourceState[];
  readonly expansions: ExpansionRecord;
}

/** Whether everything that the accepted configuration was made of is as it was. */
export async function isUnchanged(
  accepted: Inputs,
  states: readonly SourceState[],
  now: {
    readonly fs: Pick<FileSystem, "readFile">;
    readonly variable: (name: string) => string | undefined;
  },
): Promise<boolean> {
  if (!haveSameContent(accepted.states, states)) return false;
  const { variables, files } = accepted.expansions;
  for (const [name, text] of variables) if (now.variable(name) !== text) return false;
  const current = await Promise.all(
    [...files].map(async ([path, hash]) => {
      const bytes = await now.fs.readFile(path).catch(() => undefined);
      return bytes !== undefined && contentHash(bytes) === hash;
    }),
  );
  return current.every(Boolean);
}

function haveSameContent(before: readonly SourceState[], after: readonly SourceState[]): boolean {
  return after.every(({ ranked, content }) => {
    const old = before.find((state) => state.ranked.id === ranked.id)?.content;
    return old?.hash === content?.hash;
  });
}
