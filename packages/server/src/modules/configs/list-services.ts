import { compareBytewise, type Revision } from "@llmcfg/core";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Caller } from "../policy/ports.ts";
import { openCursor, sealCursor } from "./cursor.ts";
import type { ConfigStore, WaitOptions } from "./ports.ts";
import type { ReadDeps } from "./read-effective.ts";
import { type ReadPoint, resolvePoint } from "./read-point.ts";

export interface ServicesDeps extends ReadDeps {
  readonly store: ReadDeps["store"] & Pick<ConfigStore, "services">;
  readonly environments: EnvironmentReader;
}

export interface ListServices extends ReadPoint {
  readonly caller: Caller;
  /** One environment; `undefined` for all. */
  readonly env: string | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}

interface ServiceView {
  readonly name: string;
  /** Where it has keys, inherited ones too, in the order of the environments. */
  readonly environments: readonly string[];
}

export interface ServicesAnswer {
  readonly revision: Revision;
  /** Sorted by name. */
  readonly services: readonly ServiceView[];
  /** `undefined` on the last page. */
  readonly nextCursor: string | undefined;
}

/**
 * A page of the services that hold something the caller may list.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT`, `REVISION_NOT_REACHED`, `ENV_NOT_FOUND`
 */
export async function listServices(
  deps: ServicesDeps,
  query: ListServices,
  options: WaitOptions = {},
): Promise<ServicesAnswer> {
  const { caller, env, limit } = query;
  const { tenant } = caller;
  const point = query.at === undefined ? null : Object.values(query.at);
  const listing = { caller, filters: ["services", env ?? null, point] };
  const after =
    query.cursor === undefined ? undefined : await openCursor(deps.keyring, listing, query.cursor);
  const at = await resolvePoint(deps, tenant, query, options);
  const revision = at ?? (await deps.store.headRevision(tenant, options));
  const all = await findServices(deps, query, { at: revision, ...options });
  const rest = all.filter(
    ({ name }) => typeof after !== "string" || compareBytewise(name, after) > 0,
  );
  const services = rest.slice(0, limit);
  const last = services.at(-1);
  const hasMore = last !== undefined && rest.length > services.length;
  const nextCursor = hasMore ? await sealCursor(deps.keyring, listing, last.name) : undefined;
  return { revision, services, nextCursor };
}

async function findServices(
  { store, environments }: ServicesDeps,
  { caller, env }: ListServices,
  { at, signal }: WaitOptions & { readonly at: Revision },
): Promise<readonly ServiceView[]> {
  const { tenant, access } = caller;
  const graph = await environments.graph(tenant, at);
  const asked = env === undefined ? graph.all : [graph.get(env)];
  const found = new Map<string, string[]>();
  for (const { name } of asked) {
    const chain = graph.chainOf(name).map((layer) => layer.name);
    for (const service of await store.services(tenant, chain, { at, signal })) {
      const namespace = { kind: "namespace", env: name, service } as const;
      if (!access.mayHoldBelow("config:list", namespace)) continue;
      found.set(service, [...(found.get(service) ?? []), name]);
    }
  }
  return [...found]
    .map(([name, names]) => ({ name, environments: names }))
    .toSorted((a, b) => compareBytewise(a.name, b.name));
}
