import type { Clock } from "../clock.ts";
import { ConfigError } from "../errors.ts";
import type { Reference } from "../references/reference.ts";
import { secretDefaultOf, shownReference } from "../references/secret-default.ts";
import { createSecretHandle, type SecretCell } from "../values/secret-handle.ts";
import type { RevealOptions, SecretRef } from "../values/secret-ref.ts";
import { createSubscription, type Subscription } from "../values/subscription.ts";
import { copyOf } from "./copy-of.ts";

/** How long the value before a rotation is kept for listeners that have not settled. */
const MAX_PREVIOUS_MS = 60_000;

export interface ReferenceCellOptions {
  readonly reference: Reference;
  /** The reference as it was written. */
  readonly text: string;
  /** A fresh copy of the bytes. */
  readonly fetch: (options: RevealOptions) => Promise<Uint8Array>;
  /** Whether what is fetched now is the secret's value, and not one that is only tried. */
  readonly isObserved: () => boolean;
  readonly clock: Clock;
  /** Nobody is waited for any more. */
  readonly ended: AbortSignal;
  /** Told after a rotation; the previous value is kept until it has settled. */
  readonly onRotated: (reference: string) => Promise<void>;
}

type Listener = (ref: SecretRef) => void | Promise<void>;

/**
 * What stands behind the handles of one reference. Each read asks the backend (or its cache);
 * bytes that differ from the last ones are a rotation.
 */
export class ReferenceCell implements SecretCell {
  readonly handle: SecretRef;
  /** As it may be shown. */
  readonly reference: string;
  readonly literal: Uint8Array | undefined;
  readonly #options: ReferenceCellOptions;
  readonly #listeners = new Set<Listener>();
  #version = 1;
  #last: Uint8Array | undefined;
  #lastSinceMs: number | undefined;
  #previous: RetiredCell | undefined;
  #isResolved = false;

  constructor(options: ReferenceCellOptions) {
    this.#options = options;
    const { reference, text } = options;
    const literal = secretDefaultOf(reference);
    this.reference = shownReference(reference, text);
    this.literal = literal === undefined ? undefined : new TextEncoder().encode(literal);
    this.handle = createSecretHandle(this);
  }

  get kind(): SecretRef["kind"] {
    return this.#options.reference.kind;
  }

  get secretVersion(): number {
    return this.#version;
  }

  get previous(): SecretRef | undefined {
    return this.#previous?.handle;
  }

  /** When the value was seen first that it has now; nothing before it was read. */
  get sinceMs(): number | undefined {
    return this.#lastSinceMs;
  }

  /** Whether there was a value at the last try; not before it was tried. */
  get isResolved(): boolean {
    return this.#isResolved;
  }

  async read(options: RevealOptions = {}): Promise<Uint8Array> {
    const isObserved = this.#options.isObserved();
    try {
      const bytes = await this.#fetch(options);
      if (isObserved) this.#observe(bytes);
      this.#isResolved = true;
      return bytes;
    } catch (error) {
      if (isObserved && options.signal?.aborted !== true) this.#isResolved = false;
      throw error;
    }
  }

  onRotate(listener: Listener): Subscription {
    this.#listeners.add(listener);
    return createSubscription(() => this.#listeners.delete(listener));
  }

  async #fetch(options: RevealOptions): Promise<Uint8Array> {
    try {
      return await this.#options.fetch(options);
    } catch (error) {
      options.signal?.throwIfAborted();
      const because = error instanceof ConfigError ? `: ${error.message}` : "";
      const message = `${this.reference} cannot be resolved${because}`;
      throw new ConfigError("secret_unavailable", message, { cause: error });
    }
  }

  #observe(bytes: Uint8Array): void {
    const last = this.#last;
    if (last !== undefined && Buffer.compare(last, bytes) === 0) return;
    this.#last = copyOf(bytes);
    this.#lastSinceMs = this.#options.clock.now();
    if (last === undefined) return;
    this.#previous?.drop();
    this.#previous = new RetiredCell(this, this.#version, last);
    this.#version++;
    void this.#tellListeners(this.#previous);
  }

  /** The previous value goes once every listener has settled, at the latest after a minute. */
  async #tellListeners(retired: RetiredCell): Promise<void> {
    const { clock, ended, onRotated } = this.#options;
    const told = Promise.allSettled([
      onRotated(this.reference),
      ...[...this.#listeners].map(async (listener) => await listener(this.handle)),
    ]);
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => resolve();
    using waits = new DisposableStack();
    waits.use(clock.setTimeout(resolve, MAX_PREVIOUS_MS));
    waits.defer(() => ended.removeEventListener("abort", end));
    ended.addEventListener("abort", end, { once: true });
    if (ended.aborted) resolve();
    await Promise.race([told, promise]);
    retired.drop();
    if (this.#previous === retired) this.#previous = undefined;
  }
}

/** The value before a rotation, while it is kept. */
class RetiredCell implements SecretCell {
  readonly kind: SecretRef["kind"];
  readonly reference: string;
  readonly secretVersion: number;
  readonly previous = undefined;
  readonly handle: SecretRef;
  #bytes: Uint8Array | undefined;

  constructor(of: SecretCell, version: number, bytes: Uint8Array) {
    this.kind = of.kind;
    this.reference = of.reference;
    this.secretVersion = version;
    this.#bytes = bytes;
    this.handle = createSecretHandle(this);
  }

  async read(): Promise<Uint8Array> {
    if (this.#bytes !== undefined) return copyOf(this.#bytes);
    const message = `version ${this.secretVersion} of ${this.reference} is no longer kept`;
    throw new ConfigError("secret_unavailable", message);
  }

  onRotate(): Subscription {
    return createSubscription(() => {});
  }

  drop(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }
}
