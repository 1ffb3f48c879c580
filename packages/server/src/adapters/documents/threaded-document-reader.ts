import { Worker } from "node:worker_threads";
import type { Format } from "@llmcfg/config/sources";
import type { DocumentFault, DocumentReader, WaitOptions } from "../../modules/configs/ports.ts";
import type { FaultAnswer, FaultJob } from "./fault-worker.ts";
import { findFault, formatOf } from "./find-fault.ts";

/** YAML takes time by the square of its merges: this much of it is a millisecond or two. */
const MAX_HERE = 512;
/** JSON of the longest document there is takes 20 ms. */
const MAX_JSON_HERE = 65_536;
const IDLE_MS = 10_000;

/**
 * Looks at YAML 1.2, TOML 1.0 and JSON (RFC 8259) in a thread of its own, but for texts that take no
 * time: the event loop goes on meanwhile.
 *
 * The thread starts with the first text for it, ends once it has had nothing to do for 10 s, and
 * keeps the process alive only while it works. It looks at one text after the other; where a caller
 * gives up on its text, the thread is ended, and with it whatever else waits for it.
 */
export class ThreadedDocumentReader implements DocumentReader, AsyncDisposable {
  readonly #pending = new Map<number, (fault: DocumentFault | undefined) => void>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  /** Whether there is a thread at the moment. */
  get isThreaded(): boolean {
    return this.#worker !== undefined;
  }

  async faultIn(
    text: string,
    contentType: string,
    { signal }: WaitOptions = {},
  ): Promise<DocumentFault | undefined> {
    const format = formatOf(contentType);
    if (format === undefined || signal?.aborted === true) return undefined;
    if (text.length <= (format === "json" ? MAX_JSON_HERE : MAX_HERE)) {
      return findFault(text, format);
    }
    const giveUp = () => void this.#end();
    signal?.addEventListener("abort", giveUp);
    try {
      return await this.#ask(text, format);
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #ask(text: string, format: Format): Promise<DocumentFault | undefined> {
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    this.#worker.ref();
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<DocumentFault | undefined>();
    this.#pending.set(id, resolve);
    const job: FaultJob = { id, text, format };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
    this.#worker.postMessage(job);
    return await promise;
  }

  #start(): Worker {
    const url = ownWorker();
    const worker = new Worker(url, {
      name: "llmcfg documents",
      env: {}, // it needs no variable, and none of them is its business
      ...(url.pathname.endsWith(".ts")
        ? { execArgv: [...process.execArgv, "--conditions=@llmcfg/source"] }
        : {}),
    });
    const onEnd = () => {
      if (this.#worker === worker) void this.#end();
    };
    worker.on("message", (answer: FaultAnswer) => this.#settle(answer));
    worker.on("error", onEnd);
    worker.on("exit", onEnd);
    return worker;
  }

  #settle({ id, fault }: FaultAnswer): void {
    this.#pending.get(id)?.(fault);
    this.#pending.delete(id);
    if (this.#pending.size > 0) return;
    this.#worker?.unref();
    this.#idle = setTimeout(() => void this.#end(), IDLE_MS);
    this.#idle.unref();
  }

  /** Of what was not looked at yet nothing is known. */
  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    for (const resolve of this.#pending.values()) resolve(undefined);
    this.#pending.clear();
    await worker?.terminate();
  }
}

/** Beside this file: TypeScript where this is, else JavaScript. */
function ownWorker(): URL {
  const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
  return new URL(`./fault-worker${extension}`, import.meta.url);
}
