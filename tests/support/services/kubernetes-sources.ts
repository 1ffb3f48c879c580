/**
 * Sources of a test cluster, as they are made inside a pod.
 *
 * @module
 */

import { TextParser } from "../../../packages/config/src/formats/text-parser.ts";
import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  systemClock,
} from "../../../packages/config/src/index.ts";
import type {
  ConfigSource,
  SourceRead,
} from "../../../packages/config/src/sources/config-source.ts";
import { createKubernetesSource } from "../../../packages/config/src/sources/kubernetes/kubernetes-source.ts";
import type { KubernetesSourceOptions } from "../../../packages/config/src/sources/remote/remote-options.ts";
import type { RemoteTools } from "../../../packages/config/src/sources/remote/remote-tools.ts";
import {
  type Gateway,
  gatewaySchema,
} from "../../../packages/config/test/support/gateway-schema.ts";
import type { Cluster } from "./kubernetes.ts";

export const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface PodOptions {
  /** Default: that of the administrator. */
  readonly token?: string;
  readonly clock?: RemoteTools["clock"];
  /** Further files, by path. */
  readonly files?: ReadonlyMap<string, string>;
}

/** What a pod has: the variables of the API server, and the files of its service account. */
export interface Pod {
  readonly tools: RemoteTools;
  /** Paths that were read, in order. */
  readonly reads: readonly string[];
}

export function podIn({ url, ca, adminToken }: Cluster, options: PodOptions = {}): Pod {
  const { token = adminToken, clock = systemClock, files = new Map<string, string>() } = options;
  const { hostname, port } = new URL(url);
  const variables = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  const mounted = new Map([
    [`${SERVICE_ACCOUNT}/ca.crt`, ca],
    [`${SERVICE_ACCOUNT}/token`, `${token}\n`],
  ]);
  const reads: string[] = [];
  const readFile = async (path: string) => {
    reads.push(path);
    const text = files.get(path) ?? mounted.get(path);
    if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return new TextEncoder().encode(text);
  };
  const variable = (name: string) => (variables as Readonly<Record<string, string>>)[name];
  return {
    tools: { variable, fs: { readFile }, clock, random: () => 0, parser: new TextParser() },
    reads,
  };
}

export type ObjectOptions = Partial<Omit<KubernetesSourceOptions, "kind">>;

/** A source of the namespace `default`. */
export function sourceOf(
  { tools }: Pod,
  options: ObjectOptions & { readonly name: string },
): ConfigSource {
  return createKubernetesSource({ kind: "kubernetes", namespace: "default", ...options }, tools);
}

/** One read, as if there had been none before. */
export async function readOnce(source: ConfigSource): Promise<SourceRead> {
  const signal = new AbortController().signal;
  return await source.read({ previous: undefined, field: () => undefined, signal });
}

export interface Watched extends AsyncDisposable {
  /** The reasons that it told of, in order. */
  readonly told: readonly string[];
}

export async function watchOf(source: ConfigSource): Promise<Watched> {
  const told: string[] = [];
  const ended = new AbortController();
  const watch = await source.watch?.({
    signal: (hint) => told.push(hint?.reason ?? ""),
    aborted: ended.signal,
    pollInterval: { ms: 3_600_000 } as never, // it does not poll
  });
  return {
    told,
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await watch?.[Symbol.asyncDispose]();
    },
  };
}

export function loaderOf(...sources: readonly ConfigSource[]): ConfigLoader<Gateway> {
  return sources.reduce(
    (loader, source) => loader.addSource(source),
    new ConfigLoader(gatewaySchema),
  );
}

/** A manager that is started; it takes what it is told at once. */
export async function managerOf(
  ...sources: readonly ConfigSource[]
): Promise<ConfigManager<Gateway>> {
  const manager = await createManager({
    loader: loaderOf(...sources),
    validator: new ConfigValidator(gatewaySchema),
    watch: { debounce: "0s", pollInterval: "1h", rate: { perMinute: 6_000, burst: 100 } },
  });
  await manager.start();
  return manager;
}
