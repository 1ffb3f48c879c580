import type { Json } from "@llmcfg/core";
import type { BundleView } from "./get-bundle.ts";
import type { ConfigStore, WaitOptions } from "./ports.ts";

export interface SharedBundlesDeps {
  readonly store: Pick<ConfigStore, "headRevision">;
  /** Milliseconds on a clock that never goes back. Default: that of the process. */
  readonly monotonicMs?: () => number;
}

export interface SharedBundlesLimits {
  /** Of all that is kept together, as it is estimated. */
  readonly maxBytes: number;
  /** After this a bundle is made anew even if nothing changed. */
  readonly ttlMs: number;
}

/** How long a bundle was kept already, and how long it may be kept; both of this moment. */
export interface KeptFor {
  readonly ageMs: number;
  readonly ttlMs: number;
}

export interface SharedBundle {
  /** One and the same object for all who get it: what is made of it can be remembered by it. */
  readonly view: BundleView;
  /** `undefined` where it was made for this call. */
  readonly kept: KeptFor | undefined;
}

interface Kept {
  readonly view: BundleView;
  readonly bytes: number;
  readonly madeAtMs: number;
}

const LIMITS: SharedBundlesLimits = { maxBytes: 64 * 1024 * 1024, ttlMs: 5 * 60_000 };

/** What an entry takes beside its value: keys, hashes, trace. Measured: 1.4 KB with two layers. */
const ENTRY_BYTES = 2_000;
/** The value in the entry, in the two views of it, and the text that leaves. */
const COPIES = 4;

/**
 * Bundles of the newest revision, made once for all who ask the same with equal rights.
 *
 * None outlives the tenant's revision that it was read at, whichever process moved that: each call
 * asks the store where it is. Holds no plaintext of a secret: revealed bundles never come here.
 * What is not asked for goes first where there is no room.
 */
export class SharedBundles {
  readonly #deps: Required<SharedBundlesDeps>;
  readonly #limits: SharedBundlesLimits;
  /** By question; what was asked for longest ago comes first. */
  readonly #kept = new Map<string, Kept>();
  readonly #making = new Map<string, Promise<BundleView>>();
  #bytes = 0;
  hits = 0;
  misses = 0;
  invalidations = 0;
  evictions = 0;

  constructor(deps: SharedBundlesDeps, limits: Partial<SharedBundlesLimits> = {}) {
    this.#deps = { monotonicMs: () => performance.now(), ...deps };
    this.#limits = { ...LIMITS, ...limits };
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The bundle that answers the question now.
   *
   * @param question tells it from every other one: tenant, rights, selection and shape
   * @param make reads the newest state, without secrets; who joins it later does not stop it
   */
  async find(
    tenant: string,
    question: readonly Json[],
    make: () => Promise<BundleView>,
    options: WaitOptions = {},
  ): Promise<SharedBundle> {
    const id = JSON.stringify([tenant, ...question]);
    const head = await this.#deps.store.headRevision(tenant, options);
    const kept = this.#recall(id, head);
    if (kept !== undefined) {
      this.hits++;
      return kept;
    }
    this.misses++;
    for (;;) {
      const view = await waitFor(this.#making.get(id) ?? this.#make(id, make), options);
      if (view.readAt >= head) return { view, kept: undefined }; // else begun before the call
    }
  }

  #recall(id: string, head: number): SharedBundle | undefined {
    const kept = this.#kept.get(id);
    if (kept === undefined) return undefined;
    const ageMs = this.#deps.monotonicMs() - kept.madeAtMs;
    const ttlMs = this.#limits.ttlMs - ageMs;
    this.#drop(id);
    if (kept.view.readAt < head || ttlMs <= 0) {
      this.invalidations++;
      return undefined;
    }
    this.#keep(id, kept);
    return { view: kept.view, kept: { ageMs, ttlMs } };
  }

  async #make(id: string, make: () => Promise<BundleView>): Promise<BundleView> {
    const making = make();
    this.#making.set(id, making);
    try {
      const view = await making;
      this.#drop(id);
      this.#keep(id, { view, bytes: weigh(view), madeAtMs: this.#deps.monotonicMs() });
      return view;
    } finally {
      this.#making.delete(id);
    }
  }

  #keep(id: string, kept: Kept): void {
    if (kept.bytes > this.#limits.maxBytes) return;
    this.#kept.set(id, kept);
    this.#bytes += kept.bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#limits.maxBytes) return;
      this.#drop(oldest);
      this.evictions++;
    }
  }

  #drop(id: string): void {
    this.#bytes -= this.#kept.get(id)?.bytes ?? 0;
    this.#kept.delete(id);
  }
}

function weigh({ entries, values }: BundleView): number {
  return 1_000 + entries.length * ENTRY_BYTES + COPIES * JSON.stringify(values).length;
}

/** The promise, but for this caller only as long as its signal lets it wait. */
async function waitFor<T>(promise: Promise<T>, { signal }: WaitOptions): Promise<T> {
  if (signal === undefined) return await promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason as Error); // whatever the signal was given
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
