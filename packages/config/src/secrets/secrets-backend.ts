/**
 * What a `secrets` block becomes a manager with.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
import type { Clock } from "../clock.ts";
import type { HttpClientOptions } from "../http/http-client.ts";
import type { MaterialInputs } from "../references/read-material.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import type { SecretsManager } from "./secrets-manager.ts";

/** A member of a block: secret ones are handles, or references as they are written. */
export type BlockValue = Json | SecretRef | SecretsBlock | readonly BlockValue[];

/** The `secrets` block of a document: its checks are the schema's. */
export interface SecretsBlock {
  readonly [name: string]: BlockValue | undefined;
}

/** What managers are made with. */
export interface BackendTools extends MaterialInputs {
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Told of the headers of every answer of a backend that speaks HTTP. */
  readonly onAnswer?: HttpClientOptions["onAnswer"];
}

/**
 * Makes the manager of one backend. It connects when it is asked for a secret, not before.
 *
 * @throws {ConfigError} `driver_missing`, which names the package to install
 */
export type SecretsBackend = (block: SecretsBlock, tools: BackendTools) => Promise<SecretsManager>;
