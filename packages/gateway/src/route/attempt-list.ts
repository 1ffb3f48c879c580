import type { Cause } from "../schema/routing-action.ts";
import type { Deployment } from "./deployment.ts";
import { covers } from "./fallback.ts";
import type { Attempt } from "./route-decision.ts";

/** Collects what can be tried, each deployment once. */
export class AttemptList {
  readonly #attempts: Attempt[] = [];
  #hasChoice = false;

  /** What the rule asks for: the first of them needs no cause to be tried. */
  addChoices(deployments: readonly Deployment[], on: readonly Cause[]): void {
    this.#hasChoice ||= deployments.length > 0;
    this.#add(deployments, on);
  }

  addFallbacks(deployments: readonly Deployment[], on: readonly Cause[]): void {
    this.#add(deployments, on);
  }

  /**
   * The first attempt, and at most `maxFallbacks` more.
   *
   * Where nothing of what the rule asks for can be used, that is the cause `unavailable`: a
   * fallback that is meant for it goes first, and without one there is nothing to try.
   */
  finish(maxFallbacks: number): readonly Attempt[] {
    const first = this.#hasChoice
      ? 0
      : this.#attempts.findIndex(({ on }) => covers(on, "unavailable"));
    const head = this.#attempts[first];
    if (head === undefined) return [];
    const rest = this.#attempts.filter((_, i) => i !== first);
    return [{ ...head, on: [] }, ...rest.slice(0, maxFallbacks)];
  }

  #add(deployments: readonly Deployment[], on: readonly Cause[]): void {
    for (const { provider, model, upstreamId } of deployments) {
      const isKnown = this.#attempts.some(
        (known) => known.provider === provider && known.model === model,
      );
      if (!isKnown) this.#attempts.push({ provider, model, upstreamId, on });
    }
  }
}
