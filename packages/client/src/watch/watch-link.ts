/**
 * The way of a watch to its server: what the machine asks for is done here, and what comes of it
 * goes back as a signal.
 *
 * @module
 */

import { type ErrorKind, isLlmcfgError, type LlmcfgError } from "@llmcfg/core";
import type { WatchEvent } from "@llmcfg/protocol";
import { toBundleState } from "../bundle/bundle-state.ts";
import { retryAfterOf } from "../http/problem-error.ts";
import { isMisuse, unreachable } from "../http/unreachable.ts";
import type { BundleRequests, NamespaceRef } from "../requests/bundles.ts";
import type { WatchRequests } from "../requests/watch.ts";
import type { Runtime } from "../runtime.ts";
import { backoffMs } from "./backoff.ts";
import { EventStream } from "./event-stream.ts";
import type { WatchEffect, WatchSignal } from "./machine.ts";

/** What a watch needs of a client. */
export type WatchClient = Pick<BundleRequests, "getBundle"> &
  WatchRequests & { readonly addr: string };

export interface WatchLinkOptions extends NamespaceRef {
  readonly client: WatchClient;
  readonly includeValues?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly runtime: Runtime;
}

/** What the machine asks of the link. */
export type LinkEffect = Extract<
  WatchEffect,
  { readonly type: "connect" | "close" | "fetch" | "wait" }
>;

/** An event as it was read, before it is compared with anything; or a signal as it is. */
export type LinkSignal = WatchSignal | { readonly type: "event"; readonly event: WatchEvent };

export class WatchLink implements AsyncDisposable {
  readonly #options: WatchLinkOptions;
  /** What was asked for last and has not been taken; else the open stream is read. */
  #pending: Promise<LinkSignal> | undefined;
  #stream: EventStream | undefined;
  #closing = new AbortController();
  #retryMs: number | undefined;
  #streams = 0;

  constructor(options: WatchLinkOptions) {
    this.#options = options;
  }

  /** How many streams were opened so far. */
  get streams(): number {
    return this.#streams;
  }

  /** Begins what is asked for; {@link next} gives what comes of it. */
  perform(effect: LinkEffect): void {
    switch (effect.type) {
      case "connect":
        this.#pending = this.#settle(() => this.#connect(effect.from));
        return;
      case "fetch":
        this.#pending = this.#settle(() => this.#fetch(effect.minRevision));
        return;
      case "wait":
        this.#pending = this.#settle(() => this.#wait(effect.atLeastMs, effect.failures));
        return;
      case "close":
        this.#close();
        return;
    }
  }

  /** What came of the last thing asked for, else what the open stream says next. */
  next(): Promise<LinkSignal> {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending ?? this.#settle(() => this.#read());
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  async #connect(from: number): Promise<LinkSignal> {
    const { client, includeValues, signal } = this.#options;
    const own = this.#closing.signal;
    const closing = signal === undefined ? own : AbortSignal.any([own, signal]);
    const bytes = await client.openWatch(this.#options, { from, includeValues, signal: closing });
    this.#stream = new EventStream(bytes, this.#options.runtime, closing);
    this.#streams++;
    return { type: "opened" };
  }

  async #fetch(minRevision: number | undefined): Promise<LinkSignal> {
    const { client, signal } = this.#options;
    const answer = await client.getBundle(this.#options, { meta: true, minRevision, signal });
    return { type: "fetched", state: await toBundleState(answer) };
  }

  async #wait(atLeastMs: number, failures: number): Promise<LinkSignal> {
    const { runtime, signal } = this.#options;
    const jitterMs = backoffMs(failures, runtime.random(), this.#retryMs);
    await runtime.sleep(atLeastMs + jitterMs, signal);
    return { type: "elapsed" };
  }

  async #read(): Promise<LinkSignal> {
    if (this.#stream === undefined) throw new TypeError("the link was read while it was closed");
    const reading = await this.#stream.next();
    this.#retryMs = this.#stream.retryMs;
    return reading;
  }

  #close(): void {
    this.#closing.abort();
    this.#closing = new AbortController();
    this.#stream = undefined;
  }

  /** The signal a failure stands for. What is no failure of the way or the server is a defect. */
  async #settle(action: () => Promise<LinkSignal>): Promise<LinkSignal> {
    const { client, signal } = this.#options;
    try {
      signal?.throwIfAborted();
      return await action();
    } catch (error) {
      if (signal?.aborted === true) return { type: "stop" };
      if (isMisuse(error)) throw error;
      return toSignal(isLlmcfgError(error) ? error : unreachable(client.addr, error));
    }
  }
}

function toSignal(error: LlmcfgError): WatchSignal {
  if (!mayPass(error)) return { type: "refused", error };
  return { type: "failed", error, retryAfterMs: (retryAfterOf(error) ?? 0) * 1_000 };
}

/** Whether the same may go well later, without anybody changing rights, names or the request. */
function mayPass({ kind }: LlmcfgError): boolean {
  return PASSING.has(kind);
}

const PASSING: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  "unavailable",
  "timed_out",
  "exhausted",
  "internal",
  "corrupt",
  "too_large",
  "contended",
  "full",
]);
