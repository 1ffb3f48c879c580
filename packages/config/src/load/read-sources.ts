import type { Clock } from "../clock.ts";
import { abortable } from "../concurrency.ts";
import { ConfigError } from "../errors.ts";
import { failureText } from "../failure-text.ts";
import type { FieldInfo } from "../schema/config-schema.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type {
  ConfigSource,
  SourceFailure,
  SourceRead,
  SourceReadContext,
} from "../sources/config-source.ts";
import { AT_ONCE, Settling } from "../sources/files/settling.ts";
import type { SeenPath } from "../sources/seen-path.ts";
import type { Finding } from "../validate/finding.ts";
import type { LayerContent, RankedSource, SourceState } from "./source-state.ts";

export interface ReadOptions {
  /** What the accepted configuration was made of; empty when the process starts. */
  readonly previous: readonly SourceState[];
  readonly isBoot: boolean;
  readonly field: (path: ConfigPath) => FieldInfo | undefined;
  readonly parse: NonNullable<SourceReadContext["parse"]>;
  readonly clock: Clock;
  /** How long files may go on changing while they are read; default 2 s. */
  readonly settleTimeoutMs?: number | undefined;
  readonly signal: AbortSignal;
  /** The layer of the overrides as it is now. */
  readonly overrides: LayerContent;
}

export interface ReadResult {
  /** Strongest first; complete only if nothing failed. */
  readonly states: readonly SourceState[];
  /** Why the load or reload cannot go on. */
  readonly failures: readonly SourceFault[];
}

export interface SourceFault {
  readonly source: string;
  readonly code: string;
  readonly findings: readonly Finding[];
  readonly cause: Error | undefined;
  /** It may succeed later, with the same content. */
  readonly isTransient: boolean;
  /** Files that it failed on. */
  readonly seen: readonly SeenPath[];
  /** Of what the findings are about: for snippets. */
  readonly textOf?: ((name: string) => string | undefined) | undefined;
}

/**
 * Reads all sources at the same time. The files are of one generation: if one of them changed while
 * others were read, all are looked at again, as long as that may take (P12).
 */
export async function readSources(
  sources: readonly RankedSource[],
  options: ReadOptions,
): Promise<ReadResult> {
  const settling = new Settling({ ...options, atOnce: AT_ONCE });
  for (;;) {
    const result = await readOnce(sources, options);
    const changed = await filesChangedSince(result.states);
    if (changed.length === 0) return result;
    if (await settling.mayLookAgain()) continue;
    return { ...result, failures: [...result.failures, ...changed.map(unsettled)] };
  }
}

async function readOnce(
  sources: readonly RankedSource[],
  options: ReadOptions,
): Promise<ReadResult> {
  const read = await Promise.all(sources.map((ranked) => readSource(ranked, options)));
  const states = read.filter((result) => "ranked" in result);
  const failures = read.filter((result) => "code" in result);
  return { states, failures };
}

/** One file by itself is of one generation in any case. */
async function filesChangedSince(states: readonly SourceState[]): Promise<readonly RankedSource[]> {
  const files = states.filter(({ ranked }) => ranked.supply.type === "file");
  if (files.length < 2) return [];
  const changed = await Promise.all(
    files.map(async ({ ranked, content }) => {
      if (ranked.supply.type !== "file" || content === undefined) return [];
      return (await ranked.supply.source.isStill(content.identity)) ? [] : [ranked];
    }),
  );
  return changed.flat();
}

function unsettled(ranked: RankedSource): SourceFault {
  const cause = new Error("it went on changing while other files were read");
  return faultOf(ranked, { state: "unstable", cause });
}

async function readSource(
  ranked: RankedSource,
  options: ReadOptions,
): Promise<SourceState | SourceFault> {
  const before = options.previous.find(({ ranked: { id } }) => id === ranked.id);
  if (ranked.supply.type === "overrides") return fresh(ranked, options.overrides);
  const read = await tryRead(ranked.supply.source, before?.content, options);
  if (read.state === "unchanged" && before?.content !== undefined)
    return fresh(ranked, before.content);
  if (read.state === "unchanged") return unreachable(ranked);
  if (read.state !== "ok") return withoutContent(ranked, read, before, options);
  const body =
    ranked.supply.type === "environment"
      ? ({ type: "environment", content: ranked.supply.source.content } as const)
      : ({ type: "located", content: read } as const);
  return fresh(ranked, { hash: read.hash, identity: read.identity, revision: read.revision, body });
}

async function tryRead(
  source: ConfigSource,
  content: LayerContent | undefined,
  { field, parse, signal }: ReadOptions,
): Promise<SourceRead> {
  // What an earlier process stored has the identity that it had there.
  const isKnown = content !== undefined && content.body.type !== "stored";
  const previous = isKnown ? { identity: content.identity, hash: content.hash } : undefined;
  try {
    return await abortable(source.read({ previous, field, parse, signal }), signal); // whatever it makes of the signal
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error ? error : new Error("the source failed", { cause: error });
    return { state: "unreachable", cause }; // it must not throw; nobody could say what it has
  }
}

function fresh(ranked: RankedSource, content: LayerContent): SourceState {
  return { ranked, content, condition: "ok", staleSinceMs: undefined };
}

/** LOAD-17: what becomes of a source that delivered nothing. */
function withoutContent(
  ranked: RankedSource,
  failure: SourceFailure,
  before: SourceState | undefined,
  { isBoot, clock }: ReadOptions,
): SourceState | SourceFault {
  const content = before?.content;
  const absent = { ranked, content: undefined, staleSinceMs: undefined };
  switch (failure.state) {
    case "missing":
      return ranked.optional && content === undefined
        ? { ...absent, condition: "missing" }
        : faultOf(ranked, failure);
    case "unreachable":
    case "unreadable": {
      const staleSinceMs = before?.staleSinceMs ?? clock.now();
      if (content !== undefined) return { ranked, content, condition: failure.state, staleSinceMs };
      const isSkipped = ranked.optional && (failure.state === "unreachable" || !isBoot);
      return isSkipped ? { ...absent, condition: failure.state } : faultOf(ranked, failure);
    }
    case "empty":
    case "unstable":
    case "malformed":
      return faultOf(ranked, failure);
  }
}

function unreachable(ranked: RankedSource): SourceFault {
  const cause = new ConfigError("source_unchanged", "it says it is unchanged, and was never read");
  return faultOf(ranked, { state: "unreachable", cause });
}

function faultOf({ id }: RankedSource, failure: SourceFailure): SourceFault {
  const code = `source_${failure.state}`;
  const { seen = [] } = failure;
  if (failure.state === "malformed") {
    const findings = failure.findings.map((finding) => ({
      ...finding,
      source: finding.source ?? id,
    }));
    const { textOf } = failure;
    return { source: id, code, findings, cause: undefined, isTransient: false, seen, textOf };
  }
  const message = `${id} is ${failure.state}: ${failureText(failure.cause, id)}`;
  const finding: Finding = {
    kind: "schema_violation",
    severity: "error",
    code,
    path: "",
    pointer: "",
    message,
    source: id,
  };
  const isTransient = failure.state !== "empty";
  return { source: id, code, findings: [finding], cause: failure.cause, isTransient, seen };
}
