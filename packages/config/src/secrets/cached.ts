import { type Clock, systemClock } from "../clock.ts";
import { abortable, Semaphore } from "../concurrency.ts";
import { ConfigError } from "../errors.ts";
import { Duration } from "../values/duration.ts";
import { createSubscription, type Subscription } from "../values/subscription.ts";
import { copyOf } from "./copy-of.ts";
import { getEach } from "./get-each.ts";
import { createSecretMaterial } from "./secret-material.ts";
import type { SecretMaterial, SecretReadOptions, SecretsManager } from "./secrets-manager.ts";

/** How long secrets are remembered, and how many are asked for at once. */
export interface SecretCacheOptions {
  /** How long a value is used without asking again; default 5 m. */
  readonly ttl?: Duration;
  /** How long a failure is repeated without asking again; default 10 s. */
  readonly negativeTtl?: Duration;
  /** How long an expired value is still used while the backend fails; default 1 h. */
  readonly staleIfError?: Duration;
  /** Requests to the backend at the same time; default 16. */
  readonly maxConcurrency?: number;
  /** The part of the time to live by which it is shortened at random, 0–1; default 0.1. */
  readonly jitter?: number;
  readonly clock?: Clock;
  /** From 0 to below 1; a seam for tests. */
  readonly random?: () => number;
}

/**
 * How a request was answered. `hit`: from the cache; `miss`: the backend was asked; `stale`: an expired value, the backend having
 * failed; `negative`: a failure that is remembered; `bypass`: the cache was not to be used.
 */
export type CacheResult = "hit" | "miss" | "stale" | "negative" | "bypass";

/** Values kept at most; the one used longest ago gives way. */
const MAX_ENTRIES = 10_000;

/**
 * A manager that remembers: time to live, one request in flight for each secret, failures
 * remembered for a short time, old values while the backend is away, a limit of requests.
 *
 * Each caller gets a copy of the bytes of its own. Disposing it overwrites what it remembers and
 * disposes the manager underneath. A manager that is cached already is returned as it is.
 */
export function cached(manager: SecretsManager, options: SecretCacheOptions = {}): SecretsManager {
  return manager instanceof CachedSecrets ? manager : new CachedSecrets(manager, options);
}

/** Tells of each request to a manager that remembers; of others nothing. */
export function onCacheRequest(
  manager: SecretsManager,
  listener: (result: CacheResult) => void,
): Subscription {
  if (manager instanceof CachedSecrets) return manager.tell(listener);
  return createSubscription(() => {});
}

interface Entry {
  readonly bytes: Uint8Array;
  readonly version: string | undefined;
  readonly expiresAt: Date | undefined;
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
}

interface Failure {
  readonly error: unknown;
  readonly untilMs: number;
}

/** A request that is under way, for all who ask for the same. */
interface Flight {
  readonly entry: Promise<Entry>;
  /** Those who have not taken their copy of the answer yet: the last one overwrites it. */
  waiting: number;
}

class CachedSecrets implements SecretsManager {
  readonly kind: string;
  readonly #manager: SecretsManager;
  readonly #options: Required<SecretCacheOptions>;
  readonly #told = new Set<(result: CacheResult) => void>();
  readonly #limit: Semaphore;
  readonly #entries = new Map<string, Entry>();
  readonly #failures = new Map<string, Failure>();
  readonly #inFlight = new Map<string, Flight>();
  /** Raised by `refresh`, so that an answer which was under way then is not remembered. */
  #generation = 0;

  constructor(manager: SecretsManager, options: SecretCacheOptions) {
    this.kind = manager.kind;
    this.#manager = manager;
    this.#options = {
      ttl: Duration.parse("5m"),
      negativeTtl: Duration.parse("10s"),
      staleIfError: Duration.parse("1h"),
      maxConcurrency: 16,
      jitter: 0.1,
      clock: systemClock,
      random: Math.random,
      ...options,
    };
    this.#limit = new Semaphore(this.#options.maxConcurrency);
  }

  /** From now on `listener` is told of each request how it was answered. */
  tell(listener: (result: CacheResult) => void): Subscription {
    this.#told.add(listener);
    return createSubscription(() => this.#told.delete(listener));
  }

  async getSecret(path: string, options: SecretReadOptions = {}): Promise<SecretMaterial> {
    const id = idOf(path, options);
    const entry = this.#entries.get(id);
    const now = this.#options.clock.now();
    if (options.bypassCache !== true) {
      if (entry !== undefined && now < entry.freshUntilMs) return this.#lend(id, entry);
      const failure = this.#failures.get(id);
      if (failure !== undefined && now < failure.untilMs) {
        return this.#stale(id, failure.error, "negative");
      }
    }
    try {
      const fetched = await this.#fetchOnce(id, path, options);
      this.#count(options.bypassCache === true ? "bypass" : "miss");
      return fetched;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (options.bypassCache !== true) return this.#stale(id, error, "miss");
      this.#count("bypass");
      throw error;
    }
  }

  async getSecrets(
    paths: readonly string[],
    options?: SecretReadOptions,
  ): Promise<ReadonlyMap<string, SecretMaterial | Error>> {
    return await getEach(paths, (path) => this.getSecret(path, options));
  }

  async refresh(paths?: readonly string[]): Promise<void> {
    this.#generation++;
    const isDropped = (id: string) => paths === undefined || paths.includes(pathOf(id));
    for (const id of this.#entries.keys()) if (isDropped(id)) this.#forget(id);
    for (const id of this.#failures.keys()) if (isDropped(id)) this.#failures.delete(id);
    for (const id of this.#inFlight.keys()) if (isDropped(id)) this.#inFlight.delete(id);
    await this.#manager.refresh(paths);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#generation++;
    for (const id of this.#entries.keys()) this.#forget(id);
    await this.#manager[Symbol.asyncDispose]();
  }

  /** Marks it as used just now, so that it is the last to give way. */
  #lend(id: string, entry: Entry): SecretMaterial {
    this.#count("hit");
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return toMaterial(entry);
  }

  /** An expired value, if it may still be used while the backend is away; else the failure. */
  #stale(id: string, error: unknown, otherwise: CacheResult): SecretMaterial {
    const entry = this.#entries.get(id);
    if (isAnswer(error)) this.#forget(id);
    else if (entry !== undefined && this.#options.clock.now() < entry.usableUntilMs) {
      this.#count("stale");
      return toMaterial(entry);
    }
    this.#count(otherwise);
    throw error;
  }

  #count(result: CacheResult): void {
    for (const listener of this.#told) listener(result);
  }

  /** One request for all who ask at the same time; it does not end because one of them gives up. */
  async #fetchOnce(
    id: string,
    path: string,
    { signal, ...read }: SecretReadOptions,
  ): Promise<SecretMaterial> {
    const flight = this.#join(read.bypassCache === true ? `${id}\0bypass` : id, () =>
      this.#fetch(id, path, read),
    );
    flight.waiting++;
    const taken = flight.entry.then(toMaterial).finally(() => this.#leave(flight));
    if (signal === undefined) return await taken;
    try {
      return await abortable(taken, signal);
    } catch (error) {
      void taken.then((unwanted) => unwanted[Symbol.dispose]()).catch(() => {}); // told by `error`
      throw error;
    }
  }

  #join(id: string, fetch: () => Promise<Entry>): Flight {
    const known = this.#inFlight.get(id);
    if (known !== undefined) return known;
    const entry = fetch().finally(() => {
      if (this.#inFlight.get(id) === flight) this.#inFlight.delete(id);
    });
    const flight: Flight = { entry, waiting: 0 };
    this.#inFlight.set(id, flight);
    return flight;
  }

  #leave(flight: Flight): void {
    flight.waiting--;
    if (flight.waiting === 0) flight.entry.then(({ bytes }) => bytes.fill(0)).catch(() => {}); // it had none
  }

  async #fetch(id: string, path: string, read: SecretReadOptions): Promise<Entry> {
    const generation = this.#generation;
    const { clock, negativeTtl } = this.#options;
    try {
      using material = await this.#limit.run(() => this.#manager.getSecret(path, read));
      const entry = this.#entryOf(material);
      if (generation === this.#generation) this.#remember(id, entry);
      return entry;
    } catch (error) {
      if (generation === this.#generation && read.bypassCache !== true) {
        this.#failures.set(id, { error, untilMs: clock.now() + negativeTtl.ms });
        if (this.#failures.size > MAX_ENTRIES) dropFirst(this.#failures);
      }
      throw error;
    }
  }

  #entryOf({ bytes, version, expiresAt }: SecretMaterial): Entry {
    const { clock, ttl, staleIfError, jitter, random } = this.#options;
    const now = clock.now();
    const lifetimeMs = ttl.ms * (1 - jitter * random());
    const lastMs = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
    const freshUntilMs = Math.min(now + lifetimeMs, lastMs);
    const usableUntilMs = Math.min(freshUntilMs + staleIfError.ms, lastMs);
    return { bytes: copyOf(bytes), version, expiresAt, freshUntilMs, usableUntilMs };
  }

  /** With bytes of its own: those who wait for the answer still copy theirs. */
  #remember(id: string, entry: Entry): void {
    this.#failures.delete(id);
    this.#forget(id);
    this.#entries.set(id, { ...entry, bytes: copyOf(entry.bytes) });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#forget(oldest);
  }

  #forget(id: string): void {
    this.#entries.get(id)?.bytes.fill(0);
    this.#entries.delete(id);
  }
}

/**
 * The backend is not away: it has no such secret, or refuses it to whoever asks. What it once was
 * counts no more.
 */
function isAnswer(error: unknown): boolean {
  return error instanceof ConfigError && ANSWERS.has(error.code);
}

const ANSWERS: ReadonlySet<string> = new Set([
  "secret_not_found",
  "secret_denied",
  "login_refused",
]);

function idOf(path: string, { key, version }: SecretReadOptions): string {
  return `${path}\0${key ?? ""}\0${version ?? ""}`;
}

function pathOf(id: string): string {
  return id.slice(0, id.indexOf("\0"));
}

function toMaterial({ bytes, version, expiresAt }: Entry): SecretMaterial {
  return createSecretMaterial(copyOf(bytes), { version, expiresAt });
}

function dropFirst(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
