import { type ConfigSource, Duration, nodeFileSystem, type SourceRead } from "@llmcfg/config";
import { systemClock } from "../../src/clock.ts";
import { TextParser } from "../../src/formats/text-parser.ts";
import type { RemoteTools } from "../../src/sources/remote/remote-tools.ts";

/** What sources are made with in tests: no chance, and the variables that are given. */
export function toolsOf(tools: Partial<RemoteTools> = {}): RemoteTools {
  return {
    clock: systemClock,
    random: () => 0.5,
    variable: () => undefined,
    fs: nodeFileSystem,
    parser: new TextParser(), // its thread, if it has one, ends when it is idle
    ...tools,
  };
}

/** One read, as the loader does it. */
export async function readOnce(source: ConfigSource, previous?: SourceRead): Promise<SourceRead> {
  const { signal } = new AbortController();
  const before = previous?.state === "ok" ? previous : undefined;
  return await source.read({ previous: before, field: () => undefined, signal });
}

/** What a watch told, in order. */
export interface HeardWatch extends AsyncDisposable {
  readonly reasons: readonly string[];
}

export async function watchOf(source: ConfigSource): Promise<HeardWatch> {
  const reasons: string[] = [];
  const ended = new AbortController();
  const watch = await source.watch?.({
    signal: (hint) => void reasons.push(hint?.reason ?? ""),
    aborted: ended.signal,
    pollInterval: Duration.parse("5s"),
  });
  return {
    reasons,
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await watch?.[Symbol.asyncDispose]();
    },
  };
}

/** What an unsuccessful read says. */
export function messageOf(read: SourceRead): string {
  if (read.state === "malformed") return read.findings.map(({ message }) => message).join("; ");
  return "cause" in read ? read.cause.message : "";
}
