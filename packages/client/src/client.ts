import { LlmcfgError } from "@llmcfg/core";
import { parseAddress } from "./address.ts";
import type { Peer } from "./http/exchange.ts";
import { createSend } from "./http/send.ts";
import { type AccessRequests, accessRequests } from "./requests/access.ts";
import { type AgentRequests, agentRequests } from "./requests/agents.ts";
import { type AuditRequests, auditRequests } from "./requests/audit.ts";
import { type BundleRequests, bundleRequests } from "./requests/bundles.ts";
import { type ChangeRequests, changeRequests } from "./requests/changes.ts";
import { type ConfigRequests, configRequests } from "./requests/configs.ts";
import { type EnvironmentRequests, environmentRequests } from "./requests/environments.ts";
import { type ExplainRequests, explainRequests } from "./requests/explain.ts";
import { type SystemRequests, systemRequests } from "./requests/system.ts";
import { type WatchRequests, watchRequests } from "./requests/watch.ts";
import { type Runtime, SYSTEM_RUNTIME } from "./runtime.ts";

export interface ClientOptions {
  /** `https://…`, or `http://…` of this machine. */
  readonly addr: string;
  /** `llmcfg_…`. Sent to `addr` and nowhere else, in no error and no log. */
  readonly token?: string | undefined;
  /** For a principal of several tenants. */
  readonly tenant?: string | undefined;
  /** From a call to the end of its answer, retries included. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Instead of the platform's: for a proxy, a private certificate authority, a test. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly userAgent?: string | undefined;
  /** The channel that writes are recorded under. */
  readonly via?: "cli" | "ui" | "api" | undefined;
  /** Lets the credential leave this machine over plain HTTP. */
  readonly allowInsecureHttp?: boolean | undefined;
  readonly runtime?: Runtime | undefined;
}

/**
 * The REST surface, typed. Every method rejects with an `LlmcfgError`: the reason of the server's
 * problem document, `OFFLINE_MISS` where no answer came, `DEADLINE_EXCEEDED`.
 *
 * Holds no connection of its own and needs no closing.
 */
export interface Client
  extends ConfigRequests,
    BundleRequests,
    ExplainRequests,
    ChangeRequests,
    AuditRequests,
    AccessRequests,
    EnvironmentRequests,
    AgentRequests,
    SystemRequests,
    WatchRequests {
  /** Where the server is, without a final slash. */
  readonly addr: string;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * A client of one server, with one credential.
 *
 * @example
 * ```ts
 * const client = createClient({ addr: "http://127.0.0.1:7420", token });
 * const { body } = await client.getConfig({ env: "production", service: "ml-service", key: "model" });
 * ```
 * @throws {LlmcfgError} `INVALID_ARGUMENT` for an address or a token that can be none
 */
export function createClient(options: ClientOptions): Client {
  const peer = toPeer(options);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const send = createSend({ peer, timeoutMs, runtime: options.runtime ?? SYSTEM_RUNTIME });
  return {
    addr: peer.address.base,
    ...configRequests(send),
    ...bundleRequests(send),
    ...explainRequests(send),
    ...changeRequests(send),
    ...auditRequests(send),
    ...accessRequests(send),
    ...environmentRequests(send),
    ...agentRequests(send),
    ...systemRequests(send),
    ...watchRequests(peer, timeoutMs),
  };
}

function toPeer(options: ClientOptions): Peer {
  const { addr, token, tenant, userAgent, via, allowInsecureHttp } = options;
  requireHeaderText("token", token);
  requireHeaderText("tenant", tenant);
  return {
    address: parseAddress(addr, { allowInsecureHttp }),
    token,
    tenant,
    userAgent,
    via,
    fetch: options.fetch ?? globalThis.fetch,
  };
}

/** A header that the platform refused would be quoted in its message, so it never gets there. */
function requireHeaderText(name: string, text: string | undefined): void {
  if (text === undefined || /^[\x21-\x7e]{1,4096}$/.test(text)) return;
  const message = `the ${name} is empty or holds characters that no ${name} has`;
  throw new LlmcfgError("INVALID_ARGUMENT", message, { errors: [] });
}
