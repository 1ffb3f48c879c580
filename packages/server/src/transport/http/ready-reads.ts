/**
 * Answers to plain reads, kept as the bytes that leave: the hot path of the server.
 *
 * An answer that was given once to a caller with certain rights is given again, before any routing,
 * to callers with equal rights who ask for the same URL in the same way, until one of the keys it
 * depends on changes. Whatever is out of the ordinary in a request sends it the long way.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServiceKey } from "@llmcfg/core";
import { LRUCache } from "lru-cache";
import type { Change } from "../../modules/configs/ports.ts";
import type { Caller } from "../../modules/policy/ports.ts";
import type { RequestIds } from "./request-ids.ts";

export interface ReadyReadsOptions {
  /** Of all bodies and headers together. */
  readonly maxBytes: number;
  /** After this an answer is made anew even if nothing changed. */
  readonly ttlMs: number;
  readonly ids: RequestIds;
  /** `local;role=primary;lag=0`. */
  readonly region: string;
  /** The caller behind a credential that was verified before; `undefined` sends it the long way. */
  readonly recall: (authorization: string) => Caller | undefined;
  /** Hears of each answer: how long it took, in seconds. */
  readonly onHit: (seconds: number) => void;
}

/** A plain read's answer, as the handler gave it. */
export interface ReadyAnswer {
  readonly url: string;
  readonly tenant: string;
  readonly accessKey: string;
  /** The tenant's revision when the read began. */
  readonly readAt: number;
  readonly dependencies: readonly ServiceKey[];
  /** Those headers that are the same each time. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

interface Ready {
  readonly tenant: string;
  /** From the status line to before the headers that change. */
  readonly head: string;
  readonly body: Buffer;
  readonly storedAtMs: number;
  readonly dependencies: readonly string[];
}

/** Who asked last on a connection: spares the look-up while the credential stays the same. */
interface Memo {
  readonly authorization: string;
  readonly caller: Caller;
  readonly generation: number;
}

const MEMO: unique symbol = Symbol("who asked last on this connection");

interface Connection {
  [MEMO]?: Memo;
}

export class ReadyReads {
  readonly #options: ReadyReadsOptions;
  readonly #answers: LRUCache<string, Ready>;
  /** Which answers depend on a key: `tenant LF service LF key`. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #heads = new Map<string, { revision: number; text: string }>();
  #generation = 0;
  #second = 0;
  #date = "";
  hits = 0;
  misses = 0;
  invalidations = 0;
  evictions = 0;

  constructor(options: ReadyReadsOptions) {
    this.#options = options;
    this.#answers = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: ({ head, body }) => head.length + body.length + 256,
      dispose: (ready, id, reason) => {
        if (reason === "evict") this.evictions++;
        this.#unlink(id, ready);
      },
    });
  }

  get entries(): number {
    return this.#answers.size;
  }

  get bytes(): number {
    return this.#answers.calculatedSize;
  }

  /** Notes where a tenant is; answers say so in `Config-Revision`. */
  setHead(tenant: string, revision: number): void {
    this.#heads.set(tenant, { revision, text: String(revision) });
  }

  /** Drops what depends on the keys of a commit. Before the commit is acknowledged. */
  committed(tenant: string, change: Change): void {
    this.setHead(tenant, change.revision);
    for (const { ref } of change.items) {
      const dependents = this.#dependents.get(dependencyOf(tenant, ref));
      if (dependents === undefined) continue;
      for (const id of dependents) {
        this.invalidations++;
        this.#answers.delete(id);
      }
    }
  }

  /** Forgets who is behind which connection: rights have changed. */
  forgetCallers(): void {
    this.#generation++;
  }

  /** Keeps an answer, unless the tenant has moved since it was read. */
  keep(answer: ReadyAnswer): void {
    if (this.#heads.get(answer.tenant)?.revision !== answer.readAt) return;
    const id = idOf(answer.accessKey, answer.url);
    const dependencies = answer.dependencies.map((key) => dependencyOf(answer.tenant, key));
    const head = answer.headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    this.#answers.set(id, {
      tenant: answer.tenant,
      head: `HTTP/1.1 200 OK\r\n${head}Content-Length: ${answer.body.length}\r\n`,
      body: answer.body,
      storedAtMs: Date.now(),
      dependencies,
    });
    if (!this.#answers.has(id)) return; // larger than the whole cache
    for (const dependency of dependencies) {
      const dependents = this.#dependents.get(dependency);
      if (dependents === undefined) this.#dependents.set(dependency, new Set([id]));
      else dependents.add(id);
    }
  }

  /** Answers the request if that can be done from here; whether it was done. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const startedAt = performance.now();
    const authorization = authorizationOfPlain(request);
    if (authorization === undefined) return false;
    const caller = this.#callerOf(request.socket as Connection, authorization);
    if (caller === undefined) return false;

    const id = idOf(caller.access.key, request.url ?? "");
    const ready = this.#answers.get(id);
    const revision = this.#heads.get(caller.tenant)?.text;
    if (ready?.tenant !== caller.tenant || revision === undefined) {
      this.misses++;
      return false;
    }
    const nowMs = Date.now();
    const ageMs = nowMs - ready.storedAtMs;
    if (ageMs >= this.#options.ttlMs) {
      this.#answers.delete(id);
      this.misses++;
      return false;
    }
    this.hits++;
    const seconds = (performance.now() - startedAt) / 1_000;
    this.#send(response, ready, { revision, ageMs, nowMs, seconds });
    this.#options.onHit(seconds);
    return true;
  }

  #callerOf(connection: Connection, authorization: string): Caller | undefined {
    const memo = connection[MEMO];
    if (memo?.authorization === authorization && memo.generation === this.#generation) {
      const { expiresAtMs } = memo.caller;
      return expiresAtMs === undefined || expiresAtMs > Date.now() ? memo.caller : undefined;
    }
    const caller = this.#options.recall(authorization);
    if (caller !== undefined) {
      connection[MEMO] = { authorization, caller, generation: this.#generation };
    }
    return caller;
  }

  /**
   * The header block goes out as one text: writing sixteen headers one by one costs more than all
   * else together (measured in bench/http-read).
   */
  #send(
    response: ServerResponse,
    { head, body }: Ready,
    now: { revision: string; ageMs: number; nowMs: number; seconds: number },
  ): void {
    const { ids, region, ttlMs } = this.#options;
    const { traceparent } = ids.traceOf(undefined);
    const age = Math.floor(now.ageMs / 1_000);
    const ttl = Math.ceil((ttlMs - now.ageMs) / 1_000);
    const block =
      `${head}Config-Revision: ${now.revision}\r\nConfig-Region: ${region}\r\n` +
      `Config-State: FRESH\r\nCache-Status: l1; hit; ttl=${ttl}\r\nAge: ${age}\r\n` +
      `Server-Timing: l1;dur=${(now.seconds * 1_000).toFixed(3)}\r\n` +
      `X-Request-Id: ${ids.createRequestId()}\r\nTraceparent: ${traceparent}\r\n` +
      `Date: ${this.#dateAt(now.nowMs)}\r\nConnection: keep-alive\r\n\r\n`;
    writeReady(response, block, body);
  }

  #dateAt(nowMs: number): string {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#date = new Date(nowMs).toUTCString();
    }
    return this.#date;
  }

  #unlink(id: string, { dependencies }: Ready): void {
    for (const dependency of dependencies) {
      const dependents = this.#dependents.get(dependency);
      dependents?.delete(id);
      if (dependents?.size === 0) this.#dependents.delete(dependency);
    }
  }
}

function idOf(accessKey: string, url: string): string {
  return `${accessKey}\n${url}`;
}

function dependencyOf(tenant: string, { service, key }: ServiceKey): string {
  return `${tenant}\n${service}\n${key}`;
}

/** What a client may send along without changing the answer. */
const PLAIN_HEADERS = new Set([
  "accept-encoding",
  "accept-language",
  "cache-control",
  "connection",
  "host",
  "pragma",
  "sec-fetch-mode",
  "user-agent",
]);

/** The credential of a GET that asks for nothing special; `undefined` for any other request. */
function authorizationOfPlain(request: IncomingMessage): string | undefined {
  if (request.method !== "GET" || request.httpVersionMinor !== 1) return undefined;
  const { rawHeaders } = request;
  let authorization: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? "").toLowerCase();
    const value = rawHeaders[i + 1] ?? "";
    if (name === "authorization" && authorization === undefined) authorization = value;
    else if (name === "accept" && (value === "*/*" || value === "application/json")) continue;
    else if (name === "connection" && value.toLowerCase() !== "keep-alive") return undefined;
    else if (!PLAIN_HEADERS.has(name)) return undefined;
  }
  return authorization;
}

/** What `node:http` keeps of an answer whose header was written; see {@link writeReady}. */
interface HeaderSlot {
  _header: string | null;
  _contentLength: number | null;
}

/**
 * Sends a header block that is ready as text.
 *
 * `node:http` has no public way to do so, but its own: `_header` is what `writeHead` makes of the
 * headers, and `end` sends it with the body in one write. Connections, keep-alive, pipelining and
 * errors stay with `node:http`. A test holds this against the Node releases we support.
 */
function writeReady(response: ServerResponse, block: string, body: Buffer): void {
  const slot = response as unknown as HeaderSlot; // see above
  slot._header = block;
  slot._contentLength = body.length;
  response.end(body);
}
