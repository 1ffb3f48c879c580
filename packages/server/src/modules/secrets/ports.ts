/**
 * What the secrets module gives to the other modules.
 *
 * @module
 */

import type { ItemVersion, Json, KeyRef, Revision, Version } from "@llmcfg/core";
import type { WaitOptions } from "../configs/ports.ts";
import type { Caller } from "../policy/ports.ts";

/** A key whose plaintext is about to leave. */
export interface RevealedKey {
  readonly ref: KeyRef;
  readonly version: Version;
  /** Why it leaves: `read`, `bundle`, `version`; `reference` where another key's value uses it. */
  readonly purpose: string;
}

/** Opens sealed values once that is on record. */
export interface SecretRevealer {
  /**
   * Records one `secret.reveal` a key durably, and gives what opens their values.
   *
   * The caller has been authorised for each key.
   *
   * @throws {LlmcfgError} `AUDIT_UNAVAILABLE`: nothing may leave then; what is given throws
   *   `INTEGRITY_FAILED` and `SEALED`
   */
  reveal(
    caller: Caller,
    revision: Revision,
    keys: readonly RevealedKey[],
    options?: WaitOptions,
  ): Promise<(item: ItemVersion) => Promise<Json>>;
}
