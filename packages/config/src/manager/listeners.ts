import type { Clock } from "../clock.ts";
import { isEqual } from "../diff/compare-values.ts";
import { diffConfigs } from "../diff/diff-configs.ts";
import { valueAt } from "../diff/value-at.ts";
import { iterateChanges } from "../notify/changes.ts";
import { parseKnownPath } from "../notify/known-path.ts";
import type { ConfigNotification, Listener, SubscribeOptions } from "../notify/notification.ts";
import { Subscribers } from "../notify/subscribers.ts";
import { toReplay } from "../notify/to-notification.ts";
import { parseConfigPath } from "../paths/config-path.ts";
import type { Version } from "../reload/version.ts";
import type { ConfigPath, DeepReadonly } from "../schema/config-types.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import { hasHandle } from "../secrets/rotating-secrets.ts";
import type { Subscription } from "../values/subscription.ts";
import type { ListenerOutcomes } from "./isolated-events.ts";
import type { ReloadCounts } from "./reload-counts.ts";

export interface ListenersOptions<T> {
  readonly schema: DefinedSchema<T>;
  readonly clock: Clock;
  /** How long a listener may take before it counts as failed. */
  readonly timeoutMs: number;
  readonly outcomes: ListenerOutcomes;
  readonly counts: ReloadCounts;
  readonly current: () => Version<T>;
}

/** Part of a configuration; by path its type is not known. */
export type Selector<T, V> = ConfigPath | ((config: DeepReadonly<T>) => V);

export type SelectListener<T, V> = (
  next: V,
  previous: V,
  notification: ConfigNotification<T>,
) => void | Promise<void>;

/** Who listens to changes of one manager: to all, one after another, or to those of a part. */
export class Listeners<T> {
  readonly #options: ListenersOptions<T>;
  readonly #subscribers: Subscribers<T>;

  constructor(options: ListenersOptions<T>) {
    const { schema, clock, timeoutMs, outcomes, counts } = options;
    this.#options = options;
    this.#subscribers = new Subscribers({
      clock,
      timeoutMs,
      diff: (from, to) => diffConfigs(from, to, schema),
      ...outcomes,
      onSkipped: (name, count) => counts.subscriberSkipped(name, count),
    });
  }

  /** @throws {ConfigError} `malformed_path`, `unknown_path` */
  subscribe(listener: Listener<T>, options: SubscribeOptions): Subscription {
    this.#requireKnown(options);
    return this.#subscribers.add(listener, options, this.#replay());
  }

  /**
   * Ends with the signal.
   *
   * @throws {ConfigError} `malformed_path`, `unknown_path`
   */
  changes(options: SubscribeOptions, ended: AbortSignal): AsyncIterable<ConfigNotification<T>> {
    this.#requireKnown(options);
    const subscribe = (listener: Listener<T>) =>
      this.#subscribers.add(listener, { ...options, isPatient: true }, this.#replay());
    return iterateChanges(subscribe, ended);
  }

  /** @throws {ConfigError} `malformed_path`, `unknown_path` */
  select<V>(
    selector: Selector<T, V>,
    listener: SelectListener<T, V>,
    options: SubscribeOptions,
  ): Subscription {
    this.#requireKnown(options);
    const pick =
      typeof selector === "function"
        ? selector
        : (this.#picker(selector) as (config: DeepReadonly<T>) => V); // by path V is unknown
    const tell = async (notification: ConfigNotification<T>) => {
      const next = pick(notification.to.config);
      const previous = pick(notification.from.config);
      if (this.#isNews(next, previous, notification)) await listener(next, previous, notification);
    };
    return this.#subscribers.add(tell, { ...options, hearsRotations: true }, this.#replay());
  }

  /** Returns before any listener runs. */
  notify(notification: ConfigNotification<T>): void {
    void this.#subscribers.notify(notification);
  }

  /**
   * Secrets at these places have other values; the configuration is the same. Settles when every
   * listener that was told has done with it.
   */
  async rotated(paths: readonly ConfigPath[]): Promise<void> {
    const timestamp = new Date(this.#options.clock.now());
    await this.#subscribers.notify({ ...this.#replay(), timestamp, rotated: paths });
  }

  /** No listener is called after this. */
  end(): void {
    this.#subscribers.end();
  }

  #requireKnown({ paths = [] }: SubscribeOptions): void {
    for (const path of paths) parseKnownPath(path, this.#options.schema);
  }

  #replay(): ConfigNotification<T> {
    const { schema, current } = this.#options;
    const { snapshot, entry } = current();
    return toReplay(snapshot, entry.trigger, schema);
  }

  #picker(path: ConfigPath): (config: DeepReadonly<T>) => unknown {
    const { schema } = this.#options;
    const segments = parseKnownPath(path, schema);
    const { node } = schema;
    return (config) => valueAt(config, segments, node);
  }

  /** Whether a selected value is another one, was asked for again, or has in it what was rotated. */
  #isNews(next: unknown, previous: unknown, notification: ConfigNotification<T>): boolean {
    const { from, to, rotated } = notification;
    const isReplay = from.version === to.version && rotated === undefined;
    return isReplay || !isEqual(previous, next) || this.#holdsRotated(next, notification);
  }

  #holdsRotated(selected: unknown, { to, rotated = [] }: ConfigNotification<T>): boolean {
    const { node } = this.#options.schema;
    const handles = rotated.map((path) => valueAt(to.config, parseConfigPath(path), node));
    return handles.some((handle) => hasHandle(selected, handle));
  }
}
