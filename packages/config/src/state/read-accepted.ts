import { resolve } from "node:path";
import type { Json } from "@llmcfg/core";
import { ConfigError } from "../errors.ts";
import { silentLogger } from "../logger.ts";
import type { ConfigSchema } from "../schema/config-schema.ts";
import { DefinedSchema } from "../schema/define-schema.ts";
import { openState } from "./open-state.ts";

/** What a process accepted last, as it says in its state folder. */
export interface AcceptedState {
  readonly version: number;
  readonly label: string | undefined;
  readonly checksum: string;
  readonly acceptedAt: Date;
  /** Defaults in, references as text, literals as `[redacted]`. */
  readonly document: Json;
}

/**
 * Reads a state folder from outside of the process it belongs to.
 *
 * @throws {ConfigError} `no_accepted_state` where it holds nothing, `state_refused` where what it holds
 *   must not be used, `state_unsafe` where anybody may write to it
 */
export async function readAccepted<T>(
  schema: ConfigSchema<T>,
  options: { readonly stateDir: string; readonly stateKey?: string },
): Promise<AcceptedState> {
  const defined = DefinedSchema.of(schema);
  const state = await openState(options, { schema: defined, logger: silentLogger });
  const read = await state?.readLastKnownGood();
  if (read?.state === "refused") throw new ConfigError("state_refused", read.reason);
  if (read?.state !== "ok") {
    const message = `${resolve(options.stateDir)} holds no accepted configuration`;
    throw new ConfigError("no_accepted_state", message);
  }
  const { version, label, checksum, acceptedAt, document } = read.content;
  return { version, label, checksum, acceptedAt: new Date(acceptedAt), document };
}
