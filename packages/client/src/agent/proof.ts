import type { Freshness } from "@llmcfg/protocol";
import type { Runtime } from "../runtime.ts";
import { freshnessOf } from "./freshness.ts";

/** Where a state was last proven to be that of the server. */
export type ProofSource = "stream" | "poll" | "disk";

export const DEFAULT_MAX_STALE_MS: number = 24 * 60 * 60 * 1_000;

/** When and how the state in hand was last proven. */
export class LastProof {
  readonly #runtime: Runtime;
  readonly #maxStaleMs: number;
  #source: ProofSource = "disk";
  #atMs: number;

  constructor(runtime: Runtime, maxStaleMs: number) {
    this.#runtime = runtime;
    this.#maxStaleMs = maxStaleMs;
    this.#atMs = runtime.monotonicMs();
  }

  /** The server has just said so. */
  renew(source: "stream" | "poll"): void {
    this.#source = source;
    this.#atMs = this.#runtime.monotonicMs();
  }

  /** All there is was saved then: by the wall clock, as another process saved it. */
  fromDisk(savedAtMs: number): void {
    const ageMs = Math.max(0, this.#runtime.nowMs() - savedAtMs);
    this.#source = "disk";
    this.#atMs = this.#runtime.monotonicMs() - ageMs;
  }

  get source(): ProofSource {
    return this.#source;
  }

  get ageMs(): number {
    return this.#runtime.monotonicMs() - this.#atMs;
  }

  get freshness(): Freshness {
    return freshnessOf({ ageMs: this.ageMs, isOwn: this.#source !== "disk" }, this.#maxStaleMs);
  }
}
