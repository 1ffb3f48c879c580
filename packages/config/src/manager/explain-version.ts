import { valueAt } from "../diff/value-at.ts";
import { explain } from "../explain/explain.ts";
import type { Explanation, NearMiss } from "../explain/explanation.ts";
import { describeHold, type Hold } from "../history/holds.ts";
import { KeptOrigin } from "../history/kept-origin.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import { parseConfigPath } from "../paths/config-path.ts";
import { pathsTouch } from "../paths/paths-touch.ts";
import type { Refusal } from "../reload/refusal.ts";
import type { RefusedSource } from "../reload/refused-source.ts";
import type { KeptVersion, Version } from "../reload/version.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { toDocument } from "../schema/document.ts";

export interface ExplainVersionInput<T> {
  readonly version: Version<T> | KeptVersion<T>;
  readonly core: LoaderCore<T>;
  readonly isCurrent: boolean;
  readonly holds: readonly Hold[];
  /** Why newer content is not taken, if it is not, and the content of which sources that is. */
  readonly refusal: Refusal | undefined;
  readonly refused: readonly RefusedSource[];
}

/**
 * Explains a value of an accepted version; of the current one also what runs, holds, refusals. What a
 * version of the past was made of is made again for it, in time that grows with its size.
 */
export function explainVersion<T>(path: ConfigPath, input: ExplainVersionInput<T>): Explanation {
  const { version, core, holds } = input;
  const { trigger, actor, acceptedAt: at } = version.entry;
  const { origin } = version;
  return explain(path, {
    ...(origin instanceof KeptOrigin ? origin.restore(core.schema.node) : origin),
    schema: core.schema,
    envPrefix: core.environmentPrefix,
    isResolved: (handle) => core.store.isResolved(handle),
    running: runningAt(path, input),
    held: new Map(holds.map((hold) => [hold.source, describeHold(hold)])),
    nearMisses: missesOf(input),
    acceptedIn: {
      version: version.entry.version,
      at,
      trigger,
      ...(actor === undefined ? {} : { actor }),
    },
  });
}

/** The value that runs, where another one is accepted. */
function runningAt<T>(path: ConfigPath, { version, core, isCurrent }: ExplainVersionInput<T>) {
  const segments = parseConfigPath(path);
  const { pending, config } = version.effective;
  const isPending = pending.some((entry) => pathsTouch(parseConfigPath(entry.path), segments));
  if (!isCurrent || !isPending) return undefined;
  const value = valueAt(config, segments, core.schema.node);
  return { value: value === undefined ? undefined : toDocument(value) };
}

/** One for each source; for none where what references lead to has changed, and no source. */
function missesOf<T>({ refusal, refused }: ExplainVersionInput<T>): readonly NearMiss[] {
  if (refusal === undefined) return [];
  if (refused.length === 0) return [missOf("newer content", refusal)];
  return refused.map((one) => missOf(`newer content of ${one.source}`, one.refusal));
}

function missOf(what: string, { reason, path = "", at = "" }: Refusal): NearMiss {
  const places = [path, at].filter((place) => place !== "");
  const where = places.length === 0 ? "" : ` (${places.join(", ")})`;
  return { what, why: `it was refused: ${reason}${where}` };
}
