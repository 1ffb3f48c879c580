import { Duration } from "../../values/duration.ts";
import type { ConfigSource } from "../config-source.ts";
import { KeyValueSource } from "../remote/key-value-source.ts";
import type { EtcdSourceOptions } from "../remote/remote-options.ts";
import { limitsOf, type RemoteTools } from "../remote/remote-tools.ts";
import { EtcdClient } from "./etcd-client.ts";
import { EtcdStore } from "./etcd-store.ts";

/** A key or a prefix of etcd (LOAD-9). */
export function createEtcdSource(
  options: EtcdSourceOptions & { readonly id: string },
  tools: RemoteTools,
): ConfigSource {
  const { id, kind, timeout = "10s" } = options;
  const endpoints = options.endpoints.map((text) => new URL(text));
  const limits = limitsOf(options, tools);
  const { maxBytes } = limits;
  const timeoutMs = Duration.parse(timeout).ms;
  const client = new EtcdClient({ ...options, endpoints, timeoutMs, maxBytes }, tools);
  const store = new EtcdStore(client, options);
  const url = endpoints[0]?.origin ?? ""; // there is one; positions do not move with the endpoint
  return new KeyValueSource({ id, kind, url, place: options, limits, store }, tools);
}
