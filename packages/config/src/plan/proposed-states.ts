import { resolve } from "node:path";
import type { Json } from "@llmcfg/core";
import { ConfigError } from "../errors.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import type { ReadResult } from "../load/read-sources.ts";
import type { LayerContent, RankedSource, SourceState } from "../load/source-state.ts";
import { DEFAULT_SOURCE } from "../merge/tree.ts";
import type { ConfigSource } from "../sources/config-source.ts";
import { locateJson } from "../sources/locate-json.ts";
import { locateOverrides } from "../sources/locate-overrides.ts";
import { overlayFileSystem } from "./overlay-file-system.ts";

/** A change that is only thought of. Without any of these: what a reload would find now. */
export interface PlanCandidate {
  /** Contents of files by their path, in place of those on disk. */
  readonly files?: Readonly<Record<string, string>>;
  /** Put over the overrides, as `set` does. */
  readonly overrides?: unknown;
  /** A whole document in place of all sources. */
  readonly document?: Json;
}

export interface ProposeOptions<T> {
  readonly core: LoaderCore<T>;
  readonly sources: readonly RankedSource[];
  readonly overrides: LayerContent;
  /** What the accepted configuration is made of; empty where none was accepted yet. */
  readonly previous: readonly SourceState[];
  readonly signal: AbortSignal;
}

/**
 * What the sources would deliver if the candidate were real.
 *
 * @throws {ConfigError} `unknown_file` for a file that no source reads
 */
export async function proposedStates<T>(
  candidate: PlanCandidate,
  options: ProposeOptions<T>,
): Promise<ReadResult> {
  const { core, overrides: before, previous, signal } = options;
  const { files = {}, document } = candidate;
  const sources = document === undefined ? over(files, options) : [documentSource(document)];
  const overrides = withPatch(before, candidate.overrides, core.clock.now());
  const isBoot = previous.length === 0;
  const read = await core.read(sources, { previous, isBoot, overrides, signal });
  requireUsed(files, read);
  return read;
}

function over<T>(
  files: Readonly<Record<string, string>>,
  { core, sources }: ProposeOptions<T>,
): readonly RankedSource[] {
  if (Object.keys(files).length === 0) return sources;
  const fs = overlayFileSystem(core.fs, files);
  return sources.map((ranked) => {
    const { supply } = ranked;
    if (supply.type !== "file") return ranked;
    return { ...ranked, supply: { type: "file", source: supply.source.over(fs) } };
  });
}

function documentSource(document: Json): RankedSource {
  const at = { kind: "default" } as const;
  const source: ConfigSource = {
    id: "document",
    kind: "document",
    read: async () => ({
      state: "ok",
      tree: locateJson(document, at),
      identity: DEFAULT_SOURCE,
      hash: DEFAULT_SOURCE,
    }),
    [Symbol.asyncDispose]: async () => {},
  };
  const { id, kind } = source;
  const supply = { type: "foreign", source } as const;
  return { id, kind, priority: 0, order: 0, optional: false, supply };
}

function withPatch(before: LayerContent, patch: unknown, nowMs: number): LayerContent {
  const { body } = before;
  if (patch === undefined || body.type !== "overrides") return before;
  const at = new Date(nowMs).toISOString();
  const located = locateOverrides(patch, { kind: "override", at });
  return { ...before, hash: "proposed", body: { ...body, patches: [...body.patches, located] } };
}

/** A content that nobody reads would make a plan of nothing, which looks like good news. */
function requireUsed(
  files: Readonly<Record<string, string>>,
  { states, failures }: ReadResult,
): void {
  const texts = states.flatMap(({ content }) => {
    const body = content?.body;
    return body?.type === "located" ? [...(body.content.texts?.keys() ?? [])] : [];
  });
  const refused = failures.flatMap(({ seen }) => seen).filter(({ type }) => type === "file");
  const read = new Set([...texts, ...refused.map(({ path }) => path)]);
  const paths = new Set([...read].map((path) => resolve(path)));
  const unused = Object.keys(files).find((path) => !paths.has(resolve(path)));
  if (unused === undefined) return;
  throw new ConfigError("unknown_file", `no source reads the file ${unused}`, {
    hint: `the files are ${[...read].join(", ") || "none"}`,
  });
}
