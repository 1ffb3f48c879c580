import type { Client } from "@llmcfg/client";
import { formatPath, isLlmcfgError, type KeyRef, printable } from "@llmcfg/core";
import type { Entry, WriteResult } from "@llmcfg/protocol";
import type { Invocation } from "../command.ts";
import { printAnswer } from "../output/print.ts";
import { shownEntry } from "../output/values.ts";
import type { PreparedWrite } from "./prepare-write.ts";
import { reportFleet } from "./report-fleet.ts";

/** What changed on stdout; old and new value, agents and the undo on stderr. */
export async function reportWrite(
  invocation: Invocation,
  prepared: PreparedWrite,
  { raw, result }: { readonly raw: string; readonly result: WriteResult },
): Promise<void> {
  const { io, flags, output } = invocation;
  await printAnswer(io, output, {
    raw,
    text: () => `${[summaryOf(prepared.ref, result), ...alsoChanges(result)].join("\n")}\n`,
    names: () => [result.path],
  });
  for (const { detail } of result.warnings) io.err(`warning: ${printable(detail)}\n`);
  if (result.unchanged) return;

  const hasNotes = output.format === "table" && flags["quiet"] !== true;
  const note = hasNotes ? (text: string) => io.err(`${printable(text)}\n`) : () => undefined;
  const change = hasNotes ? await valueLine(prepared, result, io.signal) : undefined;
  if (change !== undefined) note(change);
  await reportFleet(invocation, prepared, result, note);
  note(`undo: llmcfg rollback ${result.path}`);
}

function alsoChanges({ path, effects }: WriteResult): readonly string[] {
  const others = effects.filter((effect) => formatPath(effect) !== path);
  return others.length === 0 ? [] : [`also changes: ${others.map(effectText).join(", ")}`];
}

function summaryOf({ env }: KeyRef, result: WriteResult): string {
  const path = printable(result.path);
  const { version, revision, previous, nowInherits } = result;
  if (result.unchanged) return `${path}  unchanged  (v${version})`;
  if (result.deleted) {
    const rest =
      nowInherits === null ? "absent" : `inherits ${nowInherits.layer} v${nowInherits.version}`;
    return `${path}  removed v${version}  (r${revision}, ${rest})`;
  }
  if (result.masked) return `${path}  masked v${version}  (r${revision})`;
  if (result.created || previous?.layer !== env)
    return `${path}  created v${version}  (r${revision})`;
  return `${path}  v${previous.version} → v${version}  (r${revision})`;
}

function effectText({
  env,
  service,
  key,
  protected: isProtected,
}: WriteResult["effects"][number]): string {
  return `${printable(formatPath({ env, service, key }))}${isProtected ? " (protected)" : ""}`;
}

/** `30 → 45 (was inherited from base v1)` */
async function valueLine(
  { client, ref, before }: PreparedWrite,
  { revision }: WriteResult,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (before === undefined) return undefined;
  const after = await readAfter(client, ref, revision, signal);
  if (before.redacted || after?.redacted === true) {
    return `(sensitive) fp ${before.fingerprint ?? "-"} → ${after?.fingerprint ?? "-"}`;
  }
  const text = `${shownEntry(before)} → ${after === undefined ? "absent" : shownEntry(after)}`;
  const { inherited, layer } = before.origin;
  return inherited ? `${text} (was inherited from ${layer} v${before.version})` : text;
}

async function readAfter(
  client: Client,
  ref: KeyRef,
  minRevision: number,
  signal: AbortSignal,
): Promise<Entry | undefined> {
  try {
    return (await client.getConfig(ref, { minRevision, signal })).body;
  } catch (error) {
    if (isLlmcfgError(error, "KEY_NOT_FOUND")) return undefined;
    throw error;
  }
}
