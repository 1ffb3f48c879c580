import type { Clock } from "../clock.ts";
import type { ConfigDiff } from "../diff/config-diff.ts";
import { parseConfigPath } from "../paths/config-path.ts";
import { pathsTouch } from "../paths/paths-touch.ts";
import type { ConfigPath, DeepReadonly } from "../schema/config-types.ts";
import { createSubscription, type Subscription } from "../values/subscription.ts";
import type { ConfigNotification, Listener, SubscribeOptions } from "./notification.ts";
import { changeTypeOf } from "./to-notification.ts";

export interface SubscribersOptions<T> {
  readonly clock: Clock;
  /** How long a listener may take before it counts as failed. */
  readonly timeoutMs: number;
  readonly diff: (from: DeepReadonly<T>, to: DeepReadonly<T>) => ConfigDiff;
  /** A listener failed, or takes too long; the others go on. */
  readonly onFailure: (name: string) => void;
  /** A listener is done with a notification, and did not fail. */
  readonly onDelivered: (name: string) => void;
  /** A listener missed versions because it was busy. */
  readonly onSkipped: (name: string, count: number) => void;
}

/**
 * Delivers notifications. Each subscriber has one slot: while it is busy the newest takes the place
 * of what waits there, with the whole difference and a count of what was skipped. Version n comes
 * before n + 1, never at the same time; nobody can end or delay the delivery of another.
 */
export class Subscribers<T> {
  readonly #options: SubscribersOptions<T>;
  readonly #subscribers = new Set<Subscriber<T>>();
  #count = 0;

  constructor(options: SubscribersOptions<T>) {
    this.#options = options;
  }

  /**
   * @param first what it hears of at once, if it asks for a replay
   * @throws {ConfigError} `malformed_path`
   */
  add(
    listener: Listener<T>,
    options: SubscribeOptions & Pick<SubscriberOptions, "isPatient" | "hearsRotations">,
    first: ConfigNotification<T>,
  ): Subscription {
    for (const path of options.paths ?? []) parseConfigPath(path);
    this.#count++;
    const name = options.name ?? `subscriber-${this.#count}`;
    const subscriber = new Subscriber(listener, { ...options, name }, this.#options);
    this.#subscribers.add(subscriber);
    if (options.replay === true) void subscriber.deliver(first);
    return createSubscription(() => {
      this.#subscribers.delete(subscriber);
      subscriber.end();
    });
  }

  /** Returns before any listener runs; settles when all that hear of it have done with it. */
  async notify(notification: ConfigNotification<T>): Promise<void> {
    await Promise.all([...this.#subscribers].map((one) => one.deliver(notification)));
  }

  /** No listener is called after this. */
  end(): void {
    for (const subscriber of this.#subscribers) subscriber.end();
    this.#subscribers.clear();
  }
}

interface SubscriberOptions extends SubscribeOptions {
  readonly name: string;
  /** May take as long as it likes: an iterator whose consumer has not come back yet. */
  readonly isPatient?: boolean;
  /** Also hears of secrets that were rotated, which is no change of the configuration. */
  readonly hearsRotations?: boolean;
}

class Subscriber<T> {
  readonly #listener: Listener<T>;
  readonly #own: SubscriberOptions;
  readonly #options: SubscribersOptions<T>;
  #waiting: ConfigNotification<T> | undefined;
  #limit: Disposable | undefined;
  /** What is being delivered, up to the last that waits. */
  #running: Promise<void> | undefined;
  #isEnded = false;

  constructor(listener: Listener<T>, own: SubscriberOptions, options: SubscribersOptions<T>) {
    this.#listener = listener;
    this.#own = own;
    this.#options = options;
  }

  /** Settles when it has been delivered, or never will be. */
  async deliver(notification: ConfigNotification<T>): Promise<void> {
    if (this.#isEnded || !this.#hears(notification)) return;
    this.#waiting =
      this.#waiting === undefined ? notification : this.#join(this.#waiting, notification);
    this.#running ??= this.#run();
    await this.#running;
  }

  end(): void {
    this.#isEnded = true;
    this.#waiting = undefined;
    this.#limit?.[Symbol.dispose]();
  }

  #join(missed: ConfigNotification<T>, newest: ConfigNotification<T>): ConfigNotification<T> {
    const { from } = missed;
    const diff = this.#options.diff(from.config, newest.to.config);
    const restartRequired = diff.requiresRestart();
    const changeType = changeTypeOf(newest.trigger, restartRequired);
    const isVersion = missed.rotated === undefined && newest.rotated === undefined;
    const skipped = missed.skipped + (isVersion ? 1 : 0);
    const rotated = isVersion ? {} : { rotated: joined(missed.rotated, newest.rotated) };
    return { ...newest, changeType, from, diff, restartRequired, skipped, ...rotated };
  }

  #hears({ rotated }: ConfigNotification<T>): boolean {
    return rotated === undefined || this.#own.hearsRotations === true;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // after the swap and everything that belongs to it
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      if (next.skipped > 0) this.#options.onSkipped(this.#own.name, next.skipped);
      if (this.#isConcerned(next)) await this.#call(next);
    }
    this.#running = undefined;
  }

  #take(): ConfigNotification<T> | undefined {
    const next = this.#waiting;
    this.#waiting = undefined;
    return next;
  }

  #isConcerned({ diff, from, to, rotated }: ConfigNotification<T>): boolean {
    const { paths } = this.#own;
    const isReplay = from.version === to.version && rotated === undefined;
    if (paths === undefined || isReplay) return true;
    const touches = (path: ConfigPath) =>
      (rotated ?? []).some((place) => pathsTouch(parseConfigPath(path), parseConfigPath(place)));
    return paths.some((path) => diff.touches(path) || touches(path));
  }

  async #call(notification: ConfigNotification<T>): Promise<void> {
    const { clock, timeoutMs, onFailure, onDelivered } = this.#options;
    let isLate = false;
    const giveUp = () => {
      isLate = true;
      onFailure(this.#own.name);
    };
    if (this.#own.isPatient !== true) this.#limit = clock.setTimeout(giveUp, timeoutMs);
    try {
      await this.#listener(notification);
      onDelivered(this.#own.name);
    } catch {
      if (!isLate) onFailure(this.#own.name); // once for each call
    } finally {
      this.#limit?.[Symbol.dispose]();
    }
  }
}

function joined(
  before: readonly ConfigPath[] = [],
  after: readonly ConfigPath[] = [],
): readonly ConfigPath[] {
  return [...new Set([...before, ...after])];
}
