/**
 * Sends a write; asks where it reaches a protected environment, and shows both sides of a conflict.
 *
 * @module
 */

import { type Client, problemOf, type WriteOptions } from "@llmcfg/client";
import { isLlmcfgError, type KeyRef, printable } from "@llmcfg/core";
import { type Invocation, usage } from "../command.ts";
import { ConflictLines } from "../conflict-lines.ts";
import { shownEntry } from "../output/values.ts";
import { type PreparedWrite, readCurrent } from "./prepare-write.ts";

/**
 * @param ours what the user wants to be there, for a conflict
 * @param write sends it; called once more, confirmed, where the user says so
 */
export async function sendWrite<T>(
  { io, flags }: Invocation,
  prepared: PreparedWrite,
  ours: string,
  write: (options: WriteOptions) => Promise<T>,
): Promise<T> {
  const { options } = prepared;
  try {
    return await write(options);
  } catch (error) {
    if (isLlmcfgError(error, "ETAG_MISMATCH")) {
      throw new ConflictLines(error, [await conflictLine(prepared, ours)]);
    }
    const mayAsk = io.canAsk && flags["no-input"] !== true;
    if (!isLlmcfgError(error, "BLAST_RADIUS") || !mayAsk) throw error;
    const reach = problemOf(error)?.detail ?? error.message;
    const answer = await io.ask(`${printable(reach)}. Write it? [y/N] `);
    if (!/^y(?:es)?$/i.test(answer.trim())) throw usage("nothing was written");
    return await write({ ...options, confirm: true });
  }
}

async function conflictLine(
  { client, ref, options }: PreparedWrite,
  ours: string,
): Promise<string> {
  const base = await baseOf(client, ref, options);
  const theirs = await readCurrent(client, ref, options.signal ?? new AbortController().signal);
  const shown =
    theirs === undefined
      ? "-"
      : `${shownEntry(theirs.entry)} (v${theirs.entry.version}, ${theirs.entry.updatedBy})`;
  return `  base ${base}   theirs ${shown}   yours ${ours}`;
}

async function baseOf(client: Client, ref: KeyRef, { ifVersion }: WriteOptions): Promise<string> {
  if (ifVersion === undefined || ifVersion === 0) return "-";
  try {
    return shownEntry((await client.getVersion(ref, ifVersion)).body);
  } catch {
    return "-";
  }
}
