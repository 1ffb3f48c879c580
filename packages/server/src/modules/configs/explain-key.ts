import type {
  EnvironmentGraph,
  KeyRef,
  LeafOutcome,
  ReferenceOutcome,
  Revision,
} from "@llmcfg/core";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Caller } from "../policy/ports.ts";
import { entryEtag, readWhole } from "./entry-etag.ts";
import { mayList } from "./item-rights.ts";
import type { ConfigStore, Effective, WaitOptions } from "./ports.ts";
import { type ReadDeps, readEffective } from "./read-effective.ts";
import type { ReadPoint } from "./read-point.ts";
import { type ShownEntry, type ShownLayer, showEffective, showLayers } from "./show-entry.ts";

export interface ExplainDeps extends ReadDeps {
  readonly store: ReadDeps["store"] & Pick<ConfigStore, "currentVersions">;
  readonly environments: EnvironmentReader;
}

export interface ExplainKey extends ReadPoint {
  readonly caller: Caller;
  readonly ref: KeyRef;
}

export interface Explanation {
  /** The revision the answer reflects. */
  readonly revision: Revision;
  readonly entry: ShownEntry;
  readonly layers: readonly ShownLayer[];
  /** Of objects merged from several layers. */
  readonly leaves: readonly LeafOutcome[];
  readonly references: readonly ReferenceOutcome[];
  /** The environments that would see a write at the key, parents first. */
  readonly reaches: readonly string[];
  /** Without format and quotes. */
  readonly etag: string;
}

/**
 * The value of a key and why it is what it is: the trace that the resolver recorded.
 *
 * @throws {LlmcfgError} as `getEntry`
 */
export async function explainKey(
  deps: ExplainDeps,
  query: ExplainKey,
  options: WaitOptions = {},
): Promise<Explanation> {
  const { caller, ref } = query;
  const reading = { references: "expand", ...options } as const;
  const { revision, effective } = await readEffective(deps, query, reading);
  const graph = await deps.environments.graph(caller.tenant, revision);
  const reaches = await findReached(deps, caller, graph, { ref, at: revision, ...options });
  const past = { at: revision, ...options };
  const variant = { caller, references: "expand", withLayers: true } as const;
  const seen = await readWhole(deps.reader, variant, effective, past);
  return {
    revision,
    entry: showEffective(effective, false),
    layers: showLayers(caller.access, effective),
    leaves: effective.trace.leaves,
    references: effective.trace.references,
    reaches,
    etag: await entryEtag(deps.keyring, variant, seen),
  };
}

/** Those that inherit the key, as far as no item of their own, or on the way, stands in between. */
async function findReached(
  { store }: ExplainDeps,
  { tenant, access }: Caller,
  graph: EnvironmentGraph,
  { ref, at, signal }: WaitOptions & { readonly ref: KeyRef; readonly at: Revision },
): Promise<readonly string[]> {
  const { env, service, key } = ref;
  const reach = graph.reachOf(env).map(({ name }) => name);
  const select = { envs: reach, service, keys: [key] };
  const items = await store.currentVersions(tenant, select, { at, signal });
  const covers = new Set(items.filter(hidesAncestors).map((item) => item.ref.env));
  return reach.filter((name) => {
    if (!mayList(access, { env: name, service, key })) return false;
    const between = graph.chainOf(name).slice(graph.chainOf(env).length);
    return !between.some((layer) => covers.has(layer.name));
  });
}

/** Objects that merge let through what lies beneath them. */
function hidesAncestors({ state, type, mergeMode, sensitive }: Effective["winner"]): boolean {
  if (state === "masked") return true;
  const letsThrough = type === "object" && mergeMode === "merge" && !sensitive;
  return state === "live" && !letsThrough;
}
