/**
 * The head of a log as C2SP tlog-checkpoint has it: origin, size, root.
 *
 * @see https://c2sp.org/tlog-checkpoint
 * @module
 */

import type { Checkpoint } from "./ports.ts";
import { openNote, type Verifier } from "./signed-note.ts";

/** Names the log of a tenant; the name of the key that signs its checkpoints too. */
export function originOf(tenant: string): string {
  return `llmcfg/${tenant}`;
}

/** What is signed of a checkpoint. */
export function checkpointText(
  origin: string,
  { size, rootHash }: Pick<Checkpoint, "size" | "rootHash">,
): string {
  return `${origin}\n${size}\n${Buffer.from(rootHash).toString("base64")}\n`;
}

/** Whether the note was signed by the log and says what the stored checkpoint does. */
export function isSignedBy(checkpoint: Checkpoint, verifier: Verifier): boolean {
  return openNote(checkpoint.note, verifier) === checkpointText(verifier.name, checkpoint);
}
