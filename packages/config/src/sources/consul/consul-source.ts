import { Duration } from "../../values/duration.ts";
import type { ConfigSource } from "../config-source.ts";
import { KeyValueSource } from "../remote/key-value-source.ts";
import type { ConsulSourceOptions } from "../remote/remote-options.ts";
import { limitsOf, type RemoteTools } from "../remote/remote-tools.ts";
import { ConsulStore } from "./consul-store.ts";

/** A key or a prefix of Consul's key-value store (LOAD-10). */
export function createConsulSource(
  options: ConsulSourceOptions & { readonly id: string },
  tools: RemoteTools,
): ConfigSource {
  const { id, kind, address, timeout = "10s" } = options;
  const url = address.replace(/\/+$/, "");
  const limits = limitsOf(options, tools);
  const { maxBytes } = limits;
  const timeoutMs = Duration.parse(timeout).ms;
  const about = { ...options, place: options, address: url, timeoutMs, maxBytes };
  const store = new ConsulStore(about, tools);
  return new KeyValueSource({ id, kind, url, place: options, limits, store }, tools);
}
