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
import type { Clock } from "../../modules/configs/ports.ts";
import type { Caller } from "../../modules/policy/ports.ts";
import { credentialOfPlain } from "./plain-request.ts";
import {
  beginningAt,
  endOf,
  type Head,
  type Ready,
  type ReadyAnswer,
  release,
  toReady,
} from "./ready-answer.ts";
import type { RequestIds } from "./request-ids.ts";
import { writeReady } from "./write-ready.ts";

export interface ReadyReadsOptions {
  /** Of all bodies and headers together. */
  readonly maxBytes: number;
  /** After this an answer is made anew even if nothing changed. */
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly ids: RequestIds;
  /** `local;role=primary;lag=0`. */
  readonly region: string;
  /** The caller behind a credential that was verified before; `undefined` sends it the long way. */
  readonly recall: (authorization: string) => Caller | undefined;
  /** Hears of each answer: how long it took, in seconds. */
  readonly onHit: (seconds: number) => void;
}

/** What of a commit matters here. */
export interface Committed {
  readonly revision: number;
  readonly items: readonly { readonly ref: ServiceKey }[];
}

/** Who asked last on a connection, and for what: spares the look-ups while both stay the same. */
interface Memo {
  readonly authorization: string;
  readonly caller: Caller;
  readonly generation: number;
  /** When the credential has to be looked at again: it ends, or another minute of use is noted. */
  readonly untilMs: number;
  url: string;
  ready: Ready | undefined;
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
  readonly #heads = new Map<string, Head>();
  #generation = 0;
  hits = 0;
  misses = 0;
  invalidations = 0;
  evictions = 0;

  constructor(options: ReadyReadsOptions) {
    this.#options = options;
    this.#answers = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: ({ lasting, body }) => 2 * lasting.length + body.length + 512,
      dispose: (ready, _id, reason) => {
        if (reason === "evict") this.evictions++;
        this.#forget(ready);
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
    const head = this.#heads.get(tenant);
    if (head === undefined) this.#heads.set(tenant, { revision });
    else head.revision = revision;
  }

  /**
   * Drops what depends on the keys of a commit: before one of this process is acknowledged. The same
   * commit may be told of again, and later than the next.
   */
  committed(tenant: string, change: Committed): void {
    this.setHead(tenant, Math.max(change.revision, this.#heads.get(tenant)?.revision ?? 0));
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
    const head = this.#heads.get(answer.tenant);
    if (head?.revision !== answer.readAt) return;
    const { clock, region } = this.#options;
    const dependencies = answer.dependencies.map((key) => dependencyOf(answer.tenant, key));
    const id = idOf(answer.tenant, answer.accessKey, answer.url);
    const ready = toReady(answer, { id, head, dependencies, region, nowMs: clock.nowMs() });
    this.#answers.set(ready.id, ready);
    if (!this.#answers.has(ready.id)) return; // larger than the whole cache
    for (const dependency of ready.dependencies) {
      const dependents = this.#dependents.get(dependency);
      if (dependents === undefined) this.#dependents.set(dependency, new Set([ready.id]));
      else dependents.add(ready.id);
    }
  }

  /** Answers the request if that can be done from here; whether it was done. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const startedAt = performance.now();
    const authorization = credentialOfPlain(request);
    if (authorization === undefined) return false;
    const nowMs = this.#options.clock.nowMs();
    const connection = request.socket as Connection; // a socket may carry a memo of ours
    const memo = this.#whoAsks(connection, authorization, nowMs);
    if (memo === undefined) return false;
    const ready = this.#find(memo, request.url ?? "", nowMs);
    if (ready === undefined) {
      if (mayBeKept(request.url ?? "")) this.misses++;
      return false;
    }
    this.hits++;
    this.#send(response, ready, nowMs, startedAt);
    return true;
  }

  #whoAsks(connection: Connection, authorization: string, nowMs: number): Memo | undefined {
    const memo = connection[MEMO];
    const isSame = memo?.authorization === authorization && memo.generation === this.#generation;
    if (isSame && nowMs < memo.untilMs) return memo;

    const generation = this.#generation;
    const caller = this.#options.recall(authorization);
    const asked = caller && {
      authorization,
      caller,
      generation,
      untilMs: Math.min(caller.expiresAtMs ?? Infinity, endOf(MINUTE_MS, nowMs)),
      url: "",
      ready: undefined,
    };
    if (asked !== undefined) connection[MEMO] = asked;
    return asked;
  }

  /** What is kept for the question, of whoever asks; `undefined` where it has to be made. */
  #find(memo: Memo, url: string, nowMs: number): Ready | undefined {
    let { ready } = memo;
    if (ready?.isKept !== true || memo.url !== url) {
      const { tenant, access } = memo.caller;
      ready = this.#answers.get(idOf(tenant, access.key, url));
      memo.url = url;
      memo.ready = ready;
    }
    if (ready === undefined) return undefined;
    if (nowMs - ready.storedAtMs >= this.#options.ttlMs) {
      this.#answers.delete(ready.id);
      return undefined;
    }
    if (nowMs - ready.usedAtMs >= TOUCH_MS) this.#touch(ready, nowMs);
    return ready;
  }

  #touch(ready: Ready, nowMs: number): void {
    ready.usedAtMs = nowMs;
    this.#answers.get(ready.id);
  }

  /**
   * The header block goes out as one text: writing sixteen headers one by one costs more than all
   * else together (measured in bench/http-read).
   */
  #send(response: ServerResponse, ready: Ready, nowMs: number, startedAt: number): void {
    const { ids, ttlMs, onHit } = this.#options;
    const beginning = beginningAt(ready, nowMs, ttlMs);
    const ms = performance.now() - startedAt;
    const block =
      `${beginning}Server-Timing: l1;dur=${Math.round(ms * 1_000) / 1_000}\r\n` +
      `X-Request-Id: ${ids.createRequestId(nowMs)}\r\n` +
      `Traceparent: ${ids.createTraceparent()}\r\n\r\n`;
    writeReady(response, block, ready.body);
    onHit(ms / 1_000);
  }

  #forget(ready: Ready): void {
    release(ready);
    for (const dependency of ready.dependencies) {
      const dependents = this.#dependents.get(dependency);
      dependents?.delete(ready.id);
      if (dependents?.size === 0) this.#dependents.delete(dependency);
    }
  }
}

/** How often the cache is told of an answer in use, so that it drops others first. */
const TOUCH_MS = 1_000;

const MINUTE_MS = 60_000;

function idOf(tenant: string, accessKey: string, url: string): string {
  return `${tenant}\n${accessKey}\n${url}`;
}

function dependencyOf(tenant: string, { service, key }: ServiceKey): string {
  return `${tenant}\n${service}\n${key}`;
}

/** Whether an answer may ever be kept here: reads of other things are no misses. */
function mayBeKept(url: string): boolean {
  return url.startsWith("/v1/configs/") || url.startsWith("/configs/");
}
