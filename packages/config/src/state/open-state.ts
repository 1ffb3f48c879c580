import { resolve } from "node:path";
import type { ManagerOptions } from "../config-manager.ts";
import type { Logger } from "../logger.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import { DurableState } from "./durable-state.ts";
import { StateDir } from "./state-dir.ts";

/**
 * The state folder that the options name, if any. Nothing is written yet.
 *
 * @throws {ConfigError} `state_unsafe` where anybody may write to it
 */
export async function openState<T>(
  { stateDir, stateKey }: Pick<ManagerOptions<T>, "stateDir" | "stateKey">,
  { schema, logger }: { readonly schema: DefinedSchema<T>; readonly logger: Logger },
): Promise<DurableState<T> | undefined> {
  if (stateDir === undefined) return undefined;
  const dir = new StateDir({ path: resolve(stateDir), scope: schema.name, stateKey });
  await dir.requireSafe();
  return new DurableState({ dir, schema, logger });
}
