import { isLlmcfgError, LlmcfgError } from "@llmcfg/core";
import { exchange, type Peer } from "../http/exchange.ts";
import { unreachable } from "../http/unreachable.ts";
import type { NamespaceRef } from "./bundles.ts";
import { flag } from "./read-options.ts";

export interface WatchOptions {
  /** Revisions after this one; without it what happens from now on. */
  readonly from?: number | undefined;
  /** Give the values of what is not sensitive. */
  readonly includeValues?: boolean | undefined;
  /** Ends the stream, also once it is open. */
  readonly signal: AbortSignal;
  /** How long the stream may take to begin. */
  readonly timeoutMs?: number | undefined;
}

export interface WatchRequests {
  /**
   * The bytes of an event stream (`text/event-stream`) as they come; see {@link watchNamespace} for
   * what is in them. Ends or fails when the connection does.
   *
   * @throws {LlmcfgError} as any request; `INTERNAL` where the answer is no event stream
   */
  openWatch(namespace: NamespaceRef, options: WatchOptions): Promise<AsyncIterable<Uint8Array>>;
}

export function watchRequests(peer: Peer, defaultTimeoutMs: number): WatchRequests {
  return {
    openWatch: async (namespace, options) => {
      const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
      const request = watchRequest(namespace, options);
      const response = await begun(peer, request, { signal: options.signal, timeoutMs });
      const type = response.headers.get("content-type") ?? "none";
      if (type.startsWith("text/event-stream") && response.body !== null) return response.body;

      await response.body?.cancel();
      const message = `${peer.address.base} answered with ${type} instead of an event stream`;
      throw new LlmcfgError("INTERNAL", message, {});
    },
  };
}

function watchRequest({ env, service, prefix }: NamespaceRef, options: WatchOptions) {
  const include = flag(options.includeValues) && "values";
  const headers = {
    accept: "text/event-stream",
    "last-event-id": options.from === undefined ? undefined : String(options.from),
  };
  const query = { env, service, prefix, include };
  return { method: "GET" as const, path: "/v1/watch", query, headers };
}

/** The answer once its headers are there; what comes after them has no deadline here. */
async function begun(
  peer: Peer,
  request: ReturnType<typeof watchRequest>,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    return await exchange(peer, request, AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (isLlmcfgError(error)) throw error;
    signal.throwIfAborted();
    if (!late.signal.aborted) throw unreachable(peer.address.base, error);
    const message = `${peer.address.base} did not begin the stream within ${timeoutMs} ms`;
    throw new LlmcfgError("DEADLINE_EXCEEDED", message, {}, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
