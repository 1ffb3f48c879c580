/**
 * The control plane as a source of `@llmcfg/config`.
 *
 * @module
 */

import type {
  ConfigSource,
  DoctorFinding,
  SourceOutcome,
  SourceRead,
  SourceReadContext,
  SourceWatchContext,
} from "@llmcfg/config";
import { isLlmcfgError, type LlmcfgError } from "@llmcfg/core";
import type { Freshness } from "@llmcfg/protocol";
import type { AgentReporter } from "../agent/agent-reporter.ts";
import { createReporter } from "../agent/create-reporter.ts";
import { DEFAULT_MAX_STALE_MS, LastProof, type ProofSource } from "../agent/proof.ts";
import type { BundleState } from "../bundle/bundle-state.ts";
import { type Client, createClient } from "../client.ts";
import type { NamespaceRef } from "../requests/bundles.ts";
import { type Runtime, SYSTEM_RUNTIME } from "../runtime.ts";
import { SecretReader } from "../secrets/secret-reader.ts";
import { keepWatching } from "../watch/keep-watching.ts";
import type { WatchItem } from "../watch/watch-item.ts";
import { examineServer } from "./examine-server.ts";
import { holdsText } from "./holds-text.ts";
import { LlmcfgSecrets } from "./llmcfg-secrets.ts";
import { type NamespaceReading, readNamespace } from "./namespace-reading.ts";
import {
  type LlmcfgSourceOptions,
  type SourceSelection,
  toClientOptions,
  toSelection,
} from "./options.ts";
import { OutcomeReports } from "./outcome-reports.ts";
import { fromSavedReading, toSavedReading } from "./saved-reading.ts";
import { isAway, toFailure } from "./source-failure.ts";
import { toContent } from "./to-content.ts";

/** How the source stands towards its server. */
export interface SourceStatus {
  /** Of the newest state that was read. */
  readonly revision: number | undefined;
  readonly freshness: Freshness;
  /** Since the server last proved that what was read is its state. */
  readonly ageSeconds: number;
  /** `disk`: the server was away at the start, so what was applied last is used. */
  readonly source: ProofSource;
  /** Why no newer state can be had at the moment. */
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
 * @throws {LlmcfgError} `INVALID_ARGUMENT` for options that cannot be
 */
export function llmcfgSource(options: LlmcfgSourceOptions): LlmcfgSource {
  return new ControlPlaneSource(options);
}

interface Delivery {
  readonly parse: SourceReadContext["parse"];
  readonly previousHash: string | undefined;
}

class ControlPlaneSource implements LlmcfgSource {
  readonly id: string;
  readonly kind = "llmcfg";
  readonly secrets: LlmcfgSecrets;
  readonly #options: LlmcfgSourceOptions;
  readonly #selection: SourceSelection;
  /** The whole service, whatever is selected of it: what the fleet speaks of. */
  readonly #namespace: NamespaceRef;
  readonly #client: Client;
  readonly #runtime: Runtime;
  readonly #proof: LastProof;
  readonly #reader: SecretReader;
  readonly #reports: OutcomeReports;
  readonly #owned = new AsyncDisposableStack();
  readonly #closing = new AbortController();
  #newest: NamespaceReading | undefined;
  /** The watch has told of this revision: nothing older will do. */
  #wanted: number | undefined;
  /** What the watch brought since the last read: the next one need not ask for it. */
  #brought: BundleState | undefined;
  #lastError: LlmcfgError | undefined;

  constructor(options: LlmcfgSourceOptions) {
    const { env, service, maxStaleMs = DEFAULT_MAX_STALE_MS } = options;
    this.#options = options;
    this.#selection = toSelection(options);
    this.#namespace = { env, service };
    this.#client = createClient(toClientOptions(options));
    this.#runtime = options.runtime ?? SYSTEM_RUNTIME;
    this.#proof = new LastProof(this.#runtime, maxStaleMs);
    this.#reader = new SecretReader(this.#client);
    this.#reports = this.#owned.use(new OutcomeReports(() => this.#createReporter()));
    const { folder, key = folder } = this.#selection;
    this.id = `llmcfg:${env}/${service}${key === "" ? "" : `/${key}`}`;
    this.secrets = new LlmcfgSecrets({
      client: this.#client,
      reader: this.#reader,
      env,
      service,
      hashOf: (name) => this.#newest?.expanded.hashes.get(name),
      nowMs: () => this.#runtime.nowMs(),
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

  async read({ previous, parse, signal }: SourceReadContext): Promise<SourceRead> {
    const known = this.#brought;
    this.#brought = undefined; // what asks again without news wants to hear it from the server
    try {
      const reading = await readNamespace(this.#client, this.#namespace, {
        known,
        minRevision: this.#wanted,
        mayDiffer: (expanded) => holdsText(expanded, this.#selection),
        signal,
      });
      this.#lastError = undefined;
      this.#proof.renew(known === undefined ? "poll" : "stream");
      return await this.#deliver(reading, { parse, previousHash: previous?.hash });
    } catch (error) {
      signal.throwIfAborted();
      if (!isLlmcfgError(error)) throw error;
      this.#lastError = error;
      const isStart = previous === undefined && isAway(error);
      return (isStart ? await this.#readSaved(parse) : undefined) ?? toFailure(error);
    }
  }

  watch(context: SourceWatchContext): Promise<AsyncDisposable> {
    const stopping = new AbortController();
    const signal = (reason: string) => context.signal({ reason, whole: true });
    const watching = keepWatching({
      client: this.#client,
      namespace: this.#namespace,
      runtime: this.#runtime,
      signal: AbortSignal.any([context.aborted, stopping.signal, this.#closing.signal]),
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
    const point = await this.#reports.tell(outcome);
    const isNewest = point?.hash === this.#newest?.expanded.bundle.hash;
    if (outcome.result === "applied" && isNewest) await this.#save();
  }

  async doctor(): Promise<readonly DoctorFinding[]> {
    return await examineServer(this.#options, this.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#owned.disposeAsync();
  }

  async #deliver(
    reading: NamespaceReading,
    { parse, previousHash }: Delivery,
  ): Promise<SourceRead> {
    const { bundle } = reading.expanded;
    this.#newest = reading;
    this.#reports.note(bundle);
    if (bundle.hash === previousHash) return { state: "unchanged" };
    return await toContent(reading, {
      selection: this.#selection,
      addr: this.#client.addr,
      parse,
    });
  }

  /** Signals whatever the newest reading does not have in it; a reading decides what that is. */
  #hear(item: WatchItem, signal: (reason: string) => void): void {
    const known = this.#newest?.expanded;
    if (item.kind === "changed") {
      const { revision } = item.event;
      this.#wanted = revision;
      this.#brought = item.state;
      if (revision > (known?.reflects ?? 0)) signal(`revision ${revision}`);
      return;
    }
    const revision = item.kind === "state" ? item.state.reflects : item.event.revision;
    const hash = item.kind === "state" ? item.state.bundle.hash : item.event.hash;
    this.#wanted = revision; // a state may be older: of a server that was set up anew
    if (item.kind === "state") this.#brought = item.state;
    if (hash === known?.bundle.hash) this.#proof.renew(item.kind === "state" ? "poll" : "stream");
    else signal(`the state of revision ${revision}`);
  }

  async #readSaved(parse: SourceReadContext["parse"]): Promise<SourceRead | undefined> {
    const saved = await this.#options.store?.load(this.#scope);
    const found = saved && (await fromSavedReading(saved.content));
    if (saved === undefined || found === undefined) return undefined;
    for (const [id, secret] of found.secrets) this.#reader.restore(id, secret);
    this.#proof.fromDisk(saved.savedAtMs);
    return await this.#deliver(found.reading, { parse, previousHash: undefined });
  }

  async #save(): Promise<void> {
    const reading = this.#newest;
    if (reading === undefined) return;
    const secrets = this.#reader.kept;
    await this.#options.store?.save(this.#scope, toSavedReading({ reading, secrets }));
  }

  /** Names what is saved: another server, tenant or namespace is another state. */
  get #scope(): string {
    const { tenant = null, env, service } = this.#options;
    return JSON.stringify(["source", this.#client.addr, tenant, env, service]);
  }

  #createReporter(): Promise<AgentReporter> {
    return createReporter(this.#options, {
      storeScope: this.#scope,
      client: this.#client,
      proof: this.#proof,
      runtime: this.#runtime,
    });
  }
}
