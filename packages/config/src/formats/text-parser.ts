import type { Worker } from "node:worker_threads";
import { ConfigError } from "../errors.ts";
import {
  type ParseAnswer,
  type ParseJob,
  parseHere,
  type TextParseOptions,
  unpackAnswer,
} from "./packed-text.ts";
import type { PackedText, ParsedText } from "./parse-text.ts";
import { RecentPieces } from "./recent-pieces.ts";

export interface TextParserOptions {
  /** Texts above this are parsed in a worker thread; default 64 KiB. */
  readonly workerAboveBytes?: number | undefined;
  /**
   * When the first thread ends if it has nothing to do, and its memory with it; default 10 s. The next
   * large text starts another one.
   */
  readonly idleMs?: number | undefined;
  /** The module of the worker thread; default: the one beside this file. */
  readonly workerUrl?: URL | undefined;
}

const WORKER_ABOVE_BYTES = 64 * 1024;

const IDLE_MS = 10_000;

/**
 * Parses the texts of files and of remote documents, large ones in a worker thread of its own: the
 * event loop goes on meanwhile. Where no thread can be had (in a bundle, which has no file for it) all
 * are parsed here. What comes out is the same.
 *
 * The thread starts with the first large text and keeps the process alive only while it parses. One
 * that had to be started again stays until the parser ends: where large texts come again and again,
 * it knows the last one of each name, and of the next one it parses only what has changed.
 */
export class TextParser implements AsyncDisposable {
  readonly #options: TextParserOptions;
  readonly #pending = new Map<number, PromiseWithResolvers<PackedText>>();
  /** Of the texts that are parsed here. */
  readonly #recent = new RecentPieces();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;
  #starts = 0;
  #hasAnswered = false;
  #isUnavailable = false;
  #isEnded = false;

  constructor(options: TextParserOptions = {}) {
    this.#options = options;
  }

  /** Whether there is a thread at the moment. */
  get isThreaded(): boolean {
    return this.#worker !== undefined;
  }

  /** @throws {ConfigError} `stopped` for what was not parsed yet when it ended */
  async parse(bytes: Uint8Array, options: TextParseOptions): Promise<ParsedText> {
    const { workerAboveBytes = WORKER_ABOVE_BYTES } = this.#options;
    if (bytes.length <= workerAboveBytes || this.#isUnavailable) {
      return parseHere(bytes, options, this.#recent);
    }
    let packed: PackedText;
    try {
      packed = await this.#ask(bytes, options);
    } catch (error) {
      if (this.#isEnded) throw error;
      return parseHere(bytes, options, this.#recent);
    }
    return await unpackAnswer(packed, options.origin);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true;
    await this.#end(new ConfigError("stopped", "the parser is stopped"));
  }

  async #ask(bytes: Uint8Array, options: TextParseOptions): Promise<PackedText> {
    if (this.#isEnded) throw new ConfigError("stopped", "the parser is stopped");
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    this.#worker.ref();
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<PackedText>();
    this.#pending.set(id, answer);
    const { format, origin, limits, mayRemember } = options;
    const job: ParseJob = { id, bytes, options: { format, origin, limits, mayRemember } };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
    this.#worker.postMessage(job);
    return await answer.promise;
  }

  #start(): Worker {
    const { workerUrl = ownWorker() } = this.#options;
    this.#starts++;
    const isSource = workerUrl.pathname.endsWith(".ts");
    const threads = process.getBuiltinModule("node:worker_threads"); // 5 ms of a start, and few need it
    const worker = new threads.Worker(workerUrl, {
      name: "llmcfg parser",
      env: {}, // it needs no variable, and none of them is its business
      ...(isSource ? { execArgv: [...process.execArgv, "--conditions=@llmcfg/source"] } : {}),
    });
    worker.on("message", (answer: ParseAnswer) => this.#settle(answer));
    worker.on("error", (error: Error) => this.#failed(worker, error));
    worker.on("exit", () => this.#failed(worker, new Error("the thread ended")));
    return worker;
  }

  #settle({ id, text }: ParseAnswer): void {
    this.#hasAnswered = true;
    this.#pending.get(id)?.resolve(text);
    this.#pending.delete(id);
    if (this.#pending.size > 0) return;
    this.#worker?.unref();
    if (this.#starts > 1) return;
    const { idleMs = IDLE_MS } = this.#options;
    this.#idle = setTimeout(() => void this.#end(new Error("the thread was idle")), idleMs);
    this.#idle.unref();
  }

  /** One that never answered anything cannot be had here at all. */
  #failed(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#isUnavailable = !this.#hasAnswered;
    void this.#end(error);
  }

  async #end(reason: Error): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
    await worker?.terminate();
  }
}

/** Beside this file: TypeScript where this is, else JavaScript. */
function ownWorker(): URL {
  const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
  return new URL(`./parse-worker${extension}`, import.meta.url);
}
