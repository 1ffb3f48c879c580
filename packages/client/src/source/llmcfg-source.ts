/**
 * The control plane as a source of `@llmcfg/config`.
 *
 * @module
 */

import type {
  ConfigSource,
  SourceContent,
  SourceOutcome,
  SourceRead,
  SourceReadContext,
  SourceWatchContext,
} from "@llmcfg/config";
import { createId, isLlmcfgError, type LlmcfgError } from "@llmcfg/core";
import type { Freshness } from "@llmcfg/protocol";
import { AgentReporter, type StatePoint } from "../agent/agent-reporter.ts";
import { LastProof, type ProofSource } from "../agent/proof.ts";
import { type Client, createClient } from "../client.ts";
import { type Runtime, SYSTEM_RUNTIME } from "../runtime.ts";
import { SecretReader } from "../secrets/secret-reader.ts";
import { VERSION } from "../version.ts";
import { keepWatching } from "../watch/keep-watching.ts";
import type { WatchItem } from "../watch/watch-item.ts";
import { LlmcfgSecrets } from "./llmcfg-secrets.ts";
import { locateBundle } from "./locate-bundle.ts";
import { locateDocument } from "./locate-document.ts";
import { type NamespaceReading, readNamespace } from "./namespace-reading.ts";
import { type LlmcfgSourceOptions, type SourceSelection, toSelection } from "./options.ts";
import { toRefusal } from "./refusal.ts";
import { fromSavedReading, toSavedReading } from "./saved-reading.ts";
import { toFailure, isAway } from "./source-failure.ts";

/** How the source stands towards its server. */
export interface SourceStatus {
  /** Of the newest state that was read. */
  readonly revision: number | undefined;
  readonly freshness: Freshness;
  /** Since the server last proved that what was read is its state. */
  readonly ageSeconds: number;
  /** `disk`: the server was away at the start, what was applied last is used. */
  readonly source: ProofSource;
  readonly lastError: LlmcfgError | undefined;
}

export interface LlmcfgSource extends ConfigSource {
  readonly secrets: LlmcfgSecrets;
  readonly status: SourceStatus;
}

/**
 * A service of the control plane as a layer: its bundle, nested by the segments of the keys, each
 * value with layer, author and revision.
 *
 * References to secrets and sensitive values become `${secret://llmcfg/…}`, which its own `secrets`
 * reveals. Each revision is read whole. The server is told of each whether it was applied.
 *
 * @example
 * ```ts
 * loader.addSource(llmcfgSource({ addr, token, env: "production", service: "llm-gateway" }));
 * ```
 * @throws {LlmcfgError} `INVALID_ARGUMENT`, `NOT_IMPLEMENTED` for options that cannot be
 */
export function llmcfgSource(options: LlmcfgSourceOptions): LlmcfgSource {
  return new ControlPlaneSource(options);
}

const DEFAULT_MAX_STALE_MS = 24 * 60 * 60 * 1_000;
/** How many readings an outcome may speak of: the library reports on one before it reads on. */
const MAX_REMEMBERED = 16;

class ControlPlaneSource implements LlmcfgSource {
  readonly id: string;
  readonly kind = "llmcfg";
  readonly secrets: LlmcfgSecrets;
  readonly #options: LlmcfgSourceOptions;
  readonly #selection: SourceSelection;
  readonly #client: Client;
  readonly #runtime: Runtime;
  readonly #proof: LastProof;
  readonly #reader: SecretReader;
  readonly #owned = new AsyncDisposableStack();
  readonly #closing = new AbortController();
  #newest: NamespaceReading | undefined;
  /** What was read, oldest first: what outcomes are about. */
  #read: readonly StatePoint[] = [];
  #reporter: Promise<AgentReporter> | undefined;
  /** The watch has told of this revision: nothing older will do. */
  #wanted: number | undefined;
  #lastError: LlmcfgError | undefined;

  constructor(options: LlmcfgSourceOptions) {
    const { env, service, maxStaleMs = DEFAULT_MAX_STALE_MS } = options;
    this.#options = options;
    this.#selection = toSelection(options);
    this.#client = createClient(options);
    this.#runtime = options.runtime ?? SYSTEM_RUNTIME;
    this.#proof = new LastProof(this.#runtime, maxStaleMs);
    this.#reader = new SecretReader(this.#client);
    const { folder, key } = this.#selection;
    this.id = `llmcfg:${[env, service, key ?? folder].filter((part) => part !== "").join("/")}`;
    this.secrets = new LlmcfgSecrets({
      client: this.#client,
      reader: this.#reader,
      env,
      service,
      hashOf: (name) => this.#newest?.expanded.hashes.get(name),
    });
  }

  get status(): SourceStatus {
    return {
      revision: this.#newest?.expanded.bundle.revision,
      freshness: this.#proof.freshness,
      ageSeconds: Math.floor(this.#proof.ageMs / 1_000),
      source: this.#proof.source,
      lastError: this.#lastError,
    };
  }

  async read({ previous, signal }: SourceReadContext): Promise<SourceRead> {
    try {
      const minRevision = this.#wanted;
      const reading = await readNamespace(this.#client, this.#options, { minRevision, signal });
      this.#lastError = undefined;
      this.#proof.renew("poll");
      return this.#deliver(reading, previous?.hash);
    } catch (error) {
      signal.throwIfAborted();
      if (!isLlmcfgError(error)) throw error;
      this.#lastError = error;
      const isStart = previous === undefined && isAway(error);
      return (isStart && (await this.#readSaved())) || toFailure(error);
    }
  }

  watch(context: SourceWatchContext): Promise<AsyncDisposable> {
    const stopping = new AbortController();
    const signals = [context.aborted, stopping.signal, this.#closing.signal];
    const signal = (reason: string) => context.signal({ reason, whole: true });
    const watching = keepWatching({
      client: this.#client,
      namespace: this.#options,
      runtime: this.#runtime,
      signal: AbortSignal.any(signals),
      from: () => this.#newest?.expanded,
      onItem: (item) => this.#hear(item, signal),
      onRefused: (error) => {
        this.#lastError = error;
        signal(`the server refuses the watch: ${error.reason}`);
      },
    });
    const end = () => {
      stopping.abort();
      return watching;
    };
    this.#owned.defer(end);
    return Promise.resolve({ [Symbol.asyncDispose]: end });
  }

  async report(outcome: SourceOutcome): Promise<void> {
    const point = this.#pointOf(outcome);
    if (point === undefined) return;
    this.#reporter ??= this.#startReporter();
    const reporter = await this.#reporter;
    if (outcome.result === "refused") return reporter.refused(point, toRefusal(outcome));
    reporter.applied(point);
    await this.#save(point);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#owned.disposeAsync();
  }
}
