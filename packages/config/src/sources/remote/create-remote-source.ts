import type { ConfigSource } from "../config-source.ts";
import { checkRemoteOptions } from "./check-remote-options.ts";
import { LazySource } from "./lazy-source.ts";
import type { RemoteSourceOptions } from "./remote-options.ts";
import type { RemoteTools } from "./remote-tools.ts";

/**
 * The source that the options describe. It connects when it is read first.
 *
 * @throws {ConfigError} `invalid_option`, with all that is wrong and what was expected
 */
export function createRemoteSource(options: RemoteSourceOptions, tools: RemoteTools): ConfigSource {
  checkRemoteOptions(options);
  const id = options.id ?? idOf(options);
  return new LazySource({ id, kind: options.kind, load: loaderOf(options, id), tools });
}

function loaderOf(
  options: RemoteSourceOptions,
  id: string,
): (tools: RemoteTools) => Promise<ConfigSource> {
  switch (options.kind) {
    case "http":
      return async (tools) => {
        const { createHttpSource } = await import("../http/http-source.ts");
        return createHttpSource({ ...options, id }, tools);
      };
    case "etcd":
      return async (tools) => {
        const { createEtcdSource } = await import("../etcd/etcd-source.ts");
        return createEtcdSource({ ...options, id }, tools);
      };
    case "consul":
      return async (tools) => {
        const { createConsulSource } = await import("../consul/consul-source.ts");
        return createConsulSource({ ...options, id }, tools);
      };
    case "kubernetes":
      return async (tools) => {
        const { createKubernetesSource } = await import("../kubernetes/kubernetes-source.ts");
        return createKubernetesSource({ ...options, id }, tools);
      };
  }
}

/**
 * The kind and the place: `consul:llm/gateway`, `http:config.example.com/gateway.yaml`,
 * `kubernetes:llm/configmap/gateway`.
 */
function idOf(options: RemoteSourceOptions): string {
  switch (options.kind) {
    case "http": {
      const { host, pathname } = new URL(options.url); // its query may give access
      return `http:${host}${pathname}`;
    }
    case "etcd":
    case "consul":
      return `${options.kind}:${options.key ?? options.prefix}`;
    case "kubernetes": {
      const { namespace, resource = "ConfigMap", name, key } = options;
      const place = `kubernetes:${namespace}/${resource.toLowerCase()}/${name}`;
      return key === undefined ? place : `${place}/${key}`;
    }
  }
}
