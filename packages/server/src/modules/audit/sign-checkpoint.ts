import type { Caller } from "../policy/ports.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { Checkpoint, WaitOptions } from "./ports.ts";
import { type ReadingDeps, requireReader } from "./reading.ts";

export interface SignCheckpointDeps extends ReadingDeps {
  readonly checkpoints: Pick<Checkpoints, "sign">;
}

/**
 * The signed head of the log as it is now.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`; `INTEGRITY_FAILED` where the log is not what was signed
 *   before; `SEALED` where no signature can be made
 */
export async function signCheckpoint(
  deps: SignCheckpointDeps,
  caller: Caller,
  options: WaitOptions = {},
): Promise<Checkpoint> {
  await requireReader(deps, caller, "all");
  return await deps.checkpoints.sign(caller.tenant, options);
}
