import { abortable } from "../../concurrency.ts";
import { type HttpAnswer, HttpFailure } from "../../http/http-client.ts";
import { readCredential } from "../../references/read-material.ts";
import { Duration } from "../../values/duration.ts";
import type {
  ConfigSource,
  SourceRead,
  SourceReadContext,
  SourceWatchContext,
} from "../config-source.ts";
import type { Position } from "../located.ts";
import { RemoteDocument } from "../remote/remote-document.ts";
import {
  emptyDocument,
  malformed,
  missing,
  refusedBy,
  toFailure,
} from "../remote/remote-failure.ts";
import type { HttpSourceOptions } from "../remote/remote-options.ts";
import { limitsOf, type RemoteTools } from "../remote/remote-tools.ts";
import { RenewedClient } from "../remote/renewed-client.ts";
import { formatOfAnswer } from "./format-of-answer.ts";
import { poll } from "./poll.ts";

/** One document at a URL (LOAD-8). */
export function createHttpSource(
  options: HttpSourceOptions & { readonly id: string },
  tools: RemoteTools,
): ConfigSource {
  return new HttpSource(options, tools);
}

/** An answer that may be asked for again by its entity tag. */
interface KnownAnswer {
  readonly tag: string;
  readonly answer: HttpAnswer;
}

class HttpSource implements ConfigSource {
  readonly id: string;
  readonly kind = "http";
  readonly #options: HttpSourceOptions;
  readonly #tools: RemoteTools;
  readonly #url: URL;
  readonly #client: RenewedClient;
  readonly #document: RemoteDocument;
  #known: KnownAnswer | undefined;
  /** What the watch saw last; before it begins, and where nothing was delivered, what a read did. */
  #seen: string | undefined;
  #isWatched = false;

  constructor(options: HttpSourceOptions & { readonly id: string }, tools: RemoteTools) {
    this.id = options.id;
    this.#options = options;
    this.#tools = tools;
    this.#url = new URL(options.url);
    const { allowInsecure = false } = options;
    this.#client = new RenewedClient({ ...options, inputs: tools, allowInsecure });
    this.#document = new RemoteDocument({ parser: tools.parser, limits: limitsOf(options, tools) });
  }

  async read({ previous, signal }: SourceReadContext): Promise<SourceRead> {
    const read = await this.#look(previous, signal);
    // Nobody knows whether a later one is taken, as one for a plan is not.
    const isDelivered = read.state === "ok" || read.state === "unchanged";
    if (!this.#isWatched || !isDelivered) this.#seen = describe(read, previous?.hash);
    return read;
  }

  /** Asks at intervals, and tells only of something else than what was seen last. */
  async watch({ signal: tell, alive, aborted }: SourceWatchContext): Promise<AsyncDisposable> {
    const { pollInterval = "30s" } = this.#options;
    const { clock, random } = this.#tools;
    this.#isWatched = true;
    return poll({
      intervalMs: Duration.parse(pollInterval).ms,
      clock,
      random,
      aborted,
      look: async (signal) => {
        const read = await this.#look(undefined, signal);
        alive?.(read.state !== "unreachable");
        const seen = describe(read, undefined);
        if (seen === this.#seen) return;
        this.#seen = seen;
        tell({ reason: "the answer is another one" });
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  async #look(previous: SourceReadContext["previous"], signal: AbortSignal): Promise<SourceRead> {
    try {
      const answer = await this.#ask(signal);
      signal.throwIfAborted();
      return await abortable(this.#toRead(answer, previous), signal);
    } catch (error) {
      signal.throwIfAborted();
      return this.#isTooLarge(error) ? this.#tooLarge(error) : toFailure(error);
    }
  }

  /** The answer as it is now, whether it was sent or is still the one that is known. */
  async #ask(signal: AbortSignal): Promise<HttpAnswer> {
    const { timeout = "10s" } = this.#options;
    const { maxBytes } = limitsOf(this.#options, this.#tools);
    const client = await this.#client.get();
    const known = this.#known;
    const request = { url: this.#url, headers: await this.#headers(known) };
    const timeoutMs = Duration.parse(timeout).ms;
    const answer = await client.send(request, { signal, timeoutMs, maxBytes });
    if (answer.status === 304 && known !== undefined) return known.answer;
    const tag = isDocument(answer.status) ? answer.headers["etag"] : undefined;
    this.#known = tag === undefined ? undefined : { tag, answer };
    return answer;
  }

  async #headers(known: KnownAnswer | undefined): Promise<Readonly<Record<string, string>>> {
    const { token } = this.#options;
    const authorization =
      token === undefined
        ? {}
        : { authorization: `Bearer ${await readCredential(token, this.#tools)}` };
    const condition = known === undefined ? {} : { "if-none-match": known.tag };
    return { accept: ACCEPT, "accept-encoding": "identity", ...authorization, ...condition };
  }

  async #toRead(answer: HttpAnswer, previous: SourceReadContext["previous"]): Promise<SourceRead> {
    const { status, headers, bytes } = answer;
    if (status === 404 || status === 410) return missing(`${this.#place} answered ${status}`);
    if (status === 204 || status === 205) return emptyDocument(this.#place);
    if (!isDocument(status)) throw refusedBy(this.#url.origin, answer);
    const format = formatOfAnswer(headers["content-type"], this.#url);
    const revision = headers["etag"];
    const at = { ...this.#at, ...(revision === undefined ? {} : { revision }) };
    return await this.#document.toRead({ bytes, format, revision, at }, previous);
  }

  /** Only what would have been a document is one that is too large. */
  #isTooLarge(error: unknown): error is HttpFailure {
    const isTooLarge = error instanceof HttpFailure && error.reason === "too_large";
    return isTooLarge && isDocument(error.status ?? 0);
  }

  #tooLarge({ message }: HttpFailure): SourceRead {
    return { state: "malformed", findings: [malformed(this.#at, "too_large", message)] };
  }

  get #at(): Position & { readonly kind: "remote" } {
    return { kind: "remote", url: this.#place };
  }

  /** Without the query, which may hold what gives access. */
  get #place(): string {
    return `${this.#url.origin}${this.#url.pathname}`;
  }
}

const ACCEPT = "application/yaml, application/json, application/toml, */*;q=0.5";

/** Of a partial answer (206) nobody knows the rest. */
function isDocument(status: number): boolean {
  return status >= 200 && status <= 299 && ![204, 205, 206].includes(status);
}

/** Equal for what makes no difference to a reader. */
function describe(read: SourceRead, previousHash: string | undefined): string {
  if (read.state === "unchanged") return `ok ${previousHash}`;
  if (read.state === "malformed") return `malformed ${JSON.stringify(read.findings)}`;
  return read.state === "ok" ? `ok ${read.hash}` : read.state;
}
