import { LlmcfgError, type Revision } from "@llmcfg/core";
import type {
  Change,
  CommitListener,
  ConfigStore,
  EffectiveReader,
  Namespace,
} from "../configs/ports.ts";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Caller, Policy } from "../policy/ports.ts";
import { beginStream, prepareStart } from "./begin-stream.ts";
import type { FeedConsumer } from "./change-feed.ts";
import { Feeds } from "./feeds.ts";
import type { LiveAudience } from "./live-audience.ts";
import type { LiveSelection } from "./live-selection.ts";
import { OpenStreams, type OpenStreamsDeps } from "./open-streams.ts";
import type {
  BundleFollower,
  BundleState,
  FollowedBundle,
  WatchCounters,
  WatchEncoder,
  WatchHub,
  WatchSelection,
  WatchSink,
  WatchStart,
  WatchSubscription,
} from "./ports.ts";
import type { MessageLimits } from "./recent-messages.ts";
import { type Selection, toSelection } from "./selection.ts";
import { Selections } from "./selections.ts";
import type { Revocation } from "./sessions.ts";
import { Slots } from "./slots.ts";

export interface HubDeps extends OpenStreamsDeps {
  readonly store: Pick<ConfigStore, "headRevision" | "changesAfter" | "currentVersions">;
  readonly reader: EffectiveReader;
  readonly environments: EnvironmentReader;
  readonly policy: Pick<Policy, "requireBelow">;
  /** Hears of what failed behind the scenes; it is tried again. */
  readonly onFailure: (error: unknown) => void;
}

export interface HubLimits {
  /** Of what waits for one slow consumer. */
  readonly queue: MessageLimits;
  /** Of what is remembered of one channel for those who come back. */
  readonly recent: MessageLimits;
  /** How many long replays go on at once. */
  readonly replays: number;
  /** How many different selections are kept up to date. */
  readonly selections: number;
  /** How long a lost hint may cost. */
  readonly pollMs: number;
}

const LIMITS: HubLimits = {
  queue: { maxMessages: 1_000, maxBytes: 1_048_576 },
  recent: { maxMessages: 256, maxBytes: 262_144 },
  replays: 8,
  selections: 10_000,
  pollMs: 1_000,
};

const TICK_MS = 1_000;

/**
 * The watch hub of a process: whatever is watched is resolved once for each commit and encoded once
 * for each form, and the same bytes go to all.
 *
 * It has one timer for all streams. {@link CommitListener.committed} returns at once: streams are
 * written to after the commit was answered.
 */
export class SelectionHub implements WatchHub, BundleFollower, CommitListener, AsyncDisposable {
  readonly #deps: HubDeps;
  readonly #feeds: Feeds;
  readonly #selections: Selections;
  readonly #streams: OpenStreams;
  readonly #background = new Set<Promise<void>>();
  readonly #draining = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #seconds = 0;

  private constructor(deps: HubDeps, limits: HubLimits) {
    const { store, reader, environments, onFailure } = deps;
    this.#deps = deps;
    this.#streams = new OpenStreams(deps, limits.queue);
    this.#feeds = new Feeds({ store, pollMs: limits.pollMs, onFailure });
    this.#selections = new Selections({
      store,
      reader,
      environments,
      onFailure,
      feeds: this.#feeds,
      recentLimits: limits.recent,
      maxSelections: limits.selections,
      slots: new Slots(limits.replays),
      onEncoded: () => void this.#streams.counters.encoded++,
    });
    this.#timer = setInterval(() => this.tick(), TICK_MS).unref();
  }

  /** Begins to keep time; disposing it ends all streams. */
  static start(deps: HubDeps, limits: Partial<HubLimits> = {}): SelectionHub {
    return new SelectionHub(deps, { ...LIMITS, ...limits });
  }

  get counters(): WatchCounters {
    return this.#streams.counters;
  }

  committed(tenant: string, change: Change): void {
    this.#feeds.committed(tenant, change);
  }

  /**
   * Hands each commit from now on to `consume`, also those that another process made, which are heard
   * of within a second.
   *
   * @throws {LlmcfgError} `NOT_FOUND` where there is no such tenant
   */
  async tellCommits(tenant: string, consume: FeedConsumer): Promise<Disposable> {
    const feed = await this.#feeds.of(tenant);
    return feed.subscribe(consume);
  }

  async subscribe(
    { view, namespaces, includeValues }: WatchSelection,
    request: {
      readonly caller: Caller;
      readonly start: WatchStart;
      readonly encoder: WatchEncoder;
      readonly sink: WatchSink;
    },
  ): Promise<WatchSubscription> {
    const { caller, start, encoder, sink } = request;
    this.#requireReader(caller, namespaces);
    using held = new DisposableStack();
    const { live, audience } = await this.#enter(caller, toSelection(view, namespaces), held);
    if (typeof start === "number" && start > live.revision) await this.#lookAgain(caller, live);

    const channel = audience.channel({ encoder, includeValues });
    const catchUp = live.catchUpOf(channel, caller.access);
    const readiness = await prepareStart(channel, catchUp, start);
    this.#requireNotDraining();

    const subscriber = this.#streams.open(caller, channel, sink, held.move());
    this.#keep(beginStream(subscriber, { channel, catchUp, start, readiness }));
    return subscriber;
  }

  async state(caller: Caller, namespace: Namespace): Promise<BundleState> {
    this.#requireReader(caller, [namespace]);
    using held = new DisposableStack();
    const { audience } = await this.#enter(caller, toSelection("effective", [namespace]), held);
    return await audience.state();
  }

  async changed(
    caller: Caller,
    namespace: Namespace,
    hash: string,
    signal: AbortSignal,
  ): Promise<BundleState> {
    this.#requireReader(caller, [namespace]);
    using held = new DisposableStack();
    const { audience } = await this.#enter(caller, toSelection("effective", [namespace]), held);
    const revoked = new AbortController();
    const revoke = (reason: Revocation) => revoked.abort(refusalOf(caller, namespace, reason));
    held.use(this.#streams.guard(caller, { revoke }));

    const over = AbortSignal.any([signal, revoked.signal, this.#draining.signal]);
    for (;;) {
      const state = await audience.state();
      revoked.signal.throwIfAborted();
      if (state.hash !== hash || over.aborted) return state;
      await audience.nextChange(over);
    }
  }

  async follow(caller: Caller, namespaces: readonly Namespace[]): Promise<FollowedBundle> {
    using held = new DisposableStack();
    const { audience } = await this.#enter(caller, toSelection("effective", namespaces), held);
    return await audience.follow(held.move());
  }

  async revision(tenant: string): Promise<Revision> {
    const feed = await this.#feeds.of(tenant);
    await feed.settled();
    const { revision } = feed;
    await this.#selections.caughtUp(tenant);
    return revision;
  }

  /** Sends everybody away, to come back within some seconds; nobody is let in any more. */
  drain(): void {
    this.#draining.abort();
    this.#streams.drain();
  }

  /** What has to be done each second; the hub calls it itself. */
  tick(): void {
    this.#seconds++;
    this.#selections.tick(this.#seconds);
    this.#streams.tick();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.drain();
    this.#selections[Symbol.dispose]();
    await Promise.all([this.#streams.settled(), ...this.#background]);
    await this.#feeds[Symbol.asyncDispose]();
  }

  /** The selection as its audience of the caller's rights sees it; both are kept by `held`. */
  async #enter(
    caller: Caller,
    selection: Selection,
    held: DisposableStack,
  ): Promise<{ readonly live: LiveSelection; readonly audience: LiveAudience }> {
    this.#requireNotDraining();
    const { live, lease } = await this.#selections.lease(caller.tenant, selection);
    held.use(lease);
    const audience = await live.audienceOf(caller.access);
    held.use(audience.hold());
    return { live, audience };
  }

  /** A cursor may be ahead of this process, not of the store: another process made the commit. */
  async #lookAgain({ tenant }: Caller, live: LiveSelection): Promise<void> {
    const feed = await this.#feeds.of(tenant);
    await feed.refresh();
    await live.caughtUp();
  }

  #requireReader(caller: Caller, namespaces: readonly Namespace[]): void {
    for (const namespace of namespaces) {
      this.#deps.policy.requireBelow(caller, "config:read", { kind: "namespace", ...namespace });
    }
  }

  #requireNotDraining(): void {
    if (!this.#draining.signal.aborted) return;
    throw new LlmcfgError("DRAINING", "the server is shutting down", { retryAfter: 1 });
  }

  /** Sees to it that work in the background is awaited, and its failure heard of. */
  #keep(work: Promise<void> | undefined): void {
    if (work === undefined) return;
    const kept = work.catch(this.#deps.onFailure).finally(() => this.#background.delete(kept));
    this.#background.add(kept);
  }
}

/** Why a long poll ends before its time. */
function refusalOf(caller: Caller, { env, service }: Namespace, reason: Revocation): LlmcfgError {
  if (reason === "unauthenticated") {
    return new LlmcfgError("UNAUTHENTICATED", "the credential is no longer valid", {});
  }
  const path = service === undefined ? `${env}/**` : `${env}/${service}/**`;
  const message = `the rights of ${caller.actor.principal} have changed`;
  const denied = { rule: "scope-changed", permission: "config:read", path };
  return new LlmcfgError("POLICY_DENIED", message, denied);
}
