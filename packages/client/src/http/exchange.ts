/**
 * One HTTP exchange: what is sent with every request, and what an answer that refuses means.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject, LlmcfgError, VERSION } from "@llmcfg/core";
import type { Address } from "../address.ts";
import { type Query, withQuery } from "./path.ts";
import { errorOfProblem, errorOfStatus } from "./problem-error.ts";
import { readText } from "./read-text.ts";

/** Whom requests go to, and on whose behalf. */
export interface Peer {
  readonly address: Address;
  /** `llmcfg_…`; `undefined` for what is open to all. Goes into one header and nowhere else. */
  readonly token: string | undefined;
  readonly tenant: string | undefined;
  readonly userAgent: string | undefined;
  /** The channel that writes are recorded under. */
  readonly via: string | undefined;
  readonly fetch: typeof globalThis.fetch;
}

export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the address, encoded: `/v1/me`. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly body?: object;
  /**
   * Whether the same may be sent again where no answer came. `keyed`: under an idempotency key, so
   * that the server does it once. Default: of a GET always, else never.
   */
  readonly repeat?: "always" | "keyed" | "never";
  /** Statuses beside 2xx and 304 whose body is an answer, unless it is a problem document. */
  readonly answers?: readonly number[];
  /** How long the server may hold the answer back on purpose: added to the deadline. */
  readonly waitMs?: number | undefined;
}

/**
 * Sends a request once. The body of the answer is not read yet.
 *
 * A redirect is never followed: the credential is for one origin alone.
 *
 * @returns an answer with status 2xx or 304, or one of `request.answers`
 * @throws {LlmcfgError} the reason of the problem document, or of what stands for it
 * @throws whatever `fetch` throws where no answer came
 */
export async function exchange(
  peer: Peer,
  request: Request,
  signal: AbortSignal,
): Promise<Response> {
  const { fetch } = peer; // a browser's refuses to be called as the method of something else
  const response = await fetch(peer.address.base + withQuery(request.path, request.query), {
    method: request.method,
    headers: headersOf(peer, request),
    body: request.body === undefined ? null : JSON.stringify(request.body),
    redirect: "manual",
    signal,
  });
  const isAnswer = request.answers?.includes(response.status) === true && !isProblem(response);
  if (response.ok || response.status === 304 || isAnswer) return response;
  throw await refusalOf(response, peer.address.base);
}

function headersOf(peer: Peer, request: Request): Headers {
  const headers = new Headers({
    accept: "application/json",
    "user-agent": peer.userAgent ?? `llmcfg-client/${VERSION}`,
  });
  if (peer.token !== undefined) headers.set("authorization", `Bearer ${peer.token}`);
  if (peer.tenant !== undefined) headers.set("config-tenant", peer.tenant);
  if (peer.via !== undefined && request.method !== "GET") headers.set("config-via", peer.via);
  if (request.body !== undefined) headers.set("content-type", "application/json");
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value !== undefined) headers.set(name, value);
  }
  return headers;
}

async function refusalOf(response: Response, addr: string): Promise<LlmcfgError> {
  if (response.status < 400) {
    await response.body?.cancel();
    const target = response.headers.get("location") ?? "nowhere";
    return new LlmcfgError("INTERNAL", `${addr} redirects to ${target}, which is not followed`, {});
  }
  const text = await readText(response, MAX_PROBLEM_BYTES);
  const document = isProblem(response) ? parseObject(text) : undefined;
  return document === undefined ? errorOfStatus(response.status, addr) : errorOfProblem(document);
}

function isProblem({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("application/problem+json") === true;
}

const MAX_PROBLEM_BYTES = 8 * 1024 * 1024;

function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json; // all that JSON.parse gives
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
