import { formatPath, type ItemVersion, type Json, type Revision } from "@llmcfg/core";
import type { AuditRecorder } from "../audit/ports.ts";
import type { Clock, WaitOptions } from "../configs/ports.ts";
import type { Caller } from "../policy/ports.ts";
import type { RevealedKey, SecretRevealer } from "./ports.ts";

export interface RevealDeps {
  readonly recorder: Pick<AuditRecorder, "record">;
  /** Opens a sealed value of a tenant; what it throws is the caller's to hear. */
  readonly open: (tenant: string, item: ItemVersion, options?: WaitOptions) => Promise<Json>;
  readonly clock: Clock;
}

/** Reveals values after the record of it is durable, and never without one. */
export class RecordedRevealer implements SecretRevealer {
  readonly #deps: RevealDeps;

  constructor(deps: RevealDeps) {
    this.#deps = deps;
  }

  async reveal(
    caller: Caller,
    revision: Revision,
    keys: readonly RevealedKey[],
    options?: WaitOptions,
  ): Promise<(item: ItemVersion) => Promise<Json>> {
    const { recorder, open, clock } = this.#deps;
    const { tenant, actor } = caller;
    const atMs = clock.nowMs();
    const unique = new Map(keys.map((key) => [formatPath(key.ref), key]));
    const events = [...unique.values()].map(({ ref, version, purpose }) => {
      const { because } = caller.access.decide("secret:read", { kind: "item", ...ref });
      return {
        actor,
        action: "secret.reveal",
        path: formatPath(ref),
        outcome: "allowed" as const,
        revision,
        atMs,
        decidedBy: [because],
        details: { purpose, version },
      };
    });
    if (events.length > 0) await recorder.record(tenant, events, options);
    return async (item) => await open(tenant, item, options);
  }
}
