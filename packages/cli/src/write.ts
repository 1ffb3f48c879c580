/**
 * What all commands that write have in common: they send what the change was based on, ask before
 * they touch what is protected, and say what changed, who has it, and how to undo it.
 *
 * @module
 */

import type { Client, WriteOptions } from "@llmcfg/client";
import { formatPath, isLlmcfgError, type KeyRef, LlmcfgError } from "@llmcfg/core";
import type { Entry, WriteResult } from "@llmcfg/protocol";
import { type Invocation, usage } from "./command.ts";
import { ConflictLines } from "./conflict-lines.ts";
import { connect } from "./connection.ts";
import type { Io } from "./io.ts";
import { resolveKeyArgument } from "./key-reference.ts";
import { formatOf } from "./output/print.ts";
import { printable } from "./output/printable.ts";
import { cellValue } from "./output/values.ts";

/** A write that may go on. */
export interface PreparedWrite {
  readonly client: Client;
  /** With the environment's canonical name. */
  readonly ref: KeyRef;
  /** What is effective now; `undefined` where nothing is. */
  readonly before: Entry | undefined;
  readonly options: WriteOptions;
  readonly message: string | undefined;
}

/** @throws {LlmcfgError} `CONFIRMATION_REQUIRED` where a protected environment is written directly */
export async function prepareWrite({ io, args, flags }: Invocation): Promise<PreparedWrite> {
  const { client, scope } = await connect(io, flags);
  const asked = resolveKeyArgument(args[0] ?? "", scope);
  const { body: environments } = await client.listEnvironments({ signal: io.signal });
  const env = environments.items.find(
    ({ name, aliases }) => name === asked.env || aliases.includes(asked.env),
  );
  const ref = { ...asked, env: env?.name ?? asked.env };
  if (env?.protected === true) await confirmDirectWrite(io, flags, [env.name, ...env.aliases]);

  const current = await readCurrent(client, ref, io.signal);
  return {
    client,
    ref,
    before: current?.entry,
    message: flags["message"] as string | undefined, // a flag with a value
    options: {
      ...preconditionOf(flags, current?.etag),
      confirm: flags["yes"] === true ? true : undefined,
      signal: io.signal,
    },
  };
}

async function confirmDirectWrite(
  io: Io,
  flags: Invocation["flags"],
  names: readonly string[],
): Promise<void> {
  const [name = ""] = names;
  if (flags["yes"] === true && names.includes(String(flags["confirm"]))) return;
  if (io.canAsk && flags["no-input"] !== true) {
    const answer = await io.ask(`${name} is protected. Type its name to write there: `);
    if (answer.trim() === name) return;
    throw usage("the answer was another one, so nothing was written");
  }
  throw new LlmcfgError(
    "CONFIRMATION_REQUIRED",
    "a direct write to a protected environment needs confirmation",
    { hint: `repeat with --yes --confirm=${name}` },
  );
}

async function readCurrent(
  client: Client,
  ref: KeyRef,
  signal: AbortSignal,
): Promise<{ readonly entry: Entry; readonly etag: string | undefined } | undefined> {
  try {
    const { body, etag } = await client.getConfig(ref, { signal });
    return { entry: body, etag };
  } catch (error) {
    if (isLlmcfgError(error, "KEY_NOT_FOUND") || isLlmcfgError(error, "POLICY_DENIED"))
      return undefined;
    throw error;
  }
}

/** `--if-match` as it is given, else the state that was just read. */
function preconditionOf(flags: Invocation["flags"], etag: string | undefined): WriteOptions {
  if (flags["no-precondition"] === true) return {};
  const given = flags["if-match"];
  if (typeof given === "string") {
    const version = /^v(\d+)$/.exec(given)?.[1];
    if (version !== undefined) return { ifVersion: Number(version) };
    return { ifMatch: given.startsWith('"') || given === "*" ? given : `"${given}"` };
  }
  return etag === undefined ? { ifVersion: 0 } : { ifMatch: etag };
}

/** Runs the write; a conflict shows base, theirs and ours. */
export async function orConflict<T>(
  prepared: PreparedWrite,
  ours: string,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isLlmcfgError(error, "ETAG_MISMATCH")) throw error;
    throw new ConflictLines(error, [await conflictLine(prepared, ours)]);
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

function shownEntry({ value, type, redacted }: Entry): string {
  return cellValue(value, type, redacted);
}

/** What changed on stdout; old and new value, agents and the undo on stderr. */
export async function reportWrite(
  { io, flags }: Invocation,
  prepared: PreparedWrite,
  { raw, result }: { readonly raw: string; readonly result: WriteResult },
): Promise<number> {
  const format = formatOf(flags, io.env);
  if (format === "json") {
    io.out(`${raw.trimEnd()}\n`);
  } else {
    io.out(`${summaryOf(prepared.ref, result)}\n`);
    const others = result.effects.filter(
      ({ env, key, service }) => formatPath({ env, service, key }) !== result.path,
    );
    if (others.length > 0) io.out(`also changes: ${others.map(effectText).join(", ")}\n`);
  }
  for (const { detail } of result.warnings) io.err(`warning: ${printable(detail)}\n`);
  if (result.unchanged || flags["quiet"] === true || format === "json") return 0;

  const change = await valueLine(prepared, result, io.signal);
  if (change !== undefined) io.err(`${printable(change)}\n`);
  const code = await reportFleet({ io, flags }, prepared, result);
  io.err(`undo: llmcfg rollback ${printable(result.path)}\n`);
  return code;
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

const WAIT_MS = 60_000;

/** Who is there to apply it; with `--wait`, until all have. */
async function reportFleet(
  { io, flags }: Pick<Invocation, "io" | "flags">,
  { client, ref }: PreparedWrite,
  { revision }: WriteResult,
): Promise<number> {
  const startedAt = performance.now();
  const isWaiting = flags["wait"] === true;
  const { service } = ref;
  for (;;) {
    const filter = isWaiting
      ? { service, revision, until: "applied:100%", waitMs: 5_000 }
      : { service };
    const { body: fleet } = await fleetOf(client, filter, io.signal);
    if (fleet === undefined) return 0;
    const connected = fleet.total - fleet.gone;
    if (connected === 0) {
      io.err("no agents connected\n");
      return 0;
    }
    if (!isWaiting) {
      io.err(`${connected} ${connected === 1 ? "agent" : "agents"} connected\n`);
      return 0;
    }
    const elapsedMs = performance.now() - startedAt;
    if (fleet.applied >= connected) {
      io.err(
        `${fleet.applied}/${connected} agents applied in ${(elapsedMs / 1_000).toFixed(1)} s\n`,
      );
      return 0;
    }
    if (fleet.failed > 0) throw await rejection(client, service, io.signal);
    if (elapsedMs > WAIT_MS) {
      const message = `${fleet.applied} of ${connected} agents applied r${revision} in time`;
      throw new LlmcfgError("WAIT_TIMEOUT", message, { hint: "see llmcfg agent list" });
    }
  }
}

/** Nothing, where the caller may not see agents: the write itself is done. */
async function fleetOf(
  client: Client,
  filter: Parameters<Client["getFleet"]>[0],
  signal: AbortSignal,
) {
  try {
    return await client.getFleet(filter, { signal, timeoutMs: 15_000 });
  } catch (error) {
    if (isLlmcfgError(error, "POLICY_DENIED")) return { body: undefined };
    throw error;
  }
}

async function rejection(
  client: Client,
  service: string,
  signal: AbortSignal,
): Promise<LlmcfgError> {
  const { body } = await client.listAgents({ service, sync: "Failed" }, { signal });
  const [first] = body.items;
  const why = first?.lastError?.detail ?? "it gave no reason";
  const agents = body.items.map(({ id, lastError }) => ({ id, error: lastError?.detail ?? null }));
  return new LlmcfgError("AGENT_REJECTED", `${first?.id ?? "an agent"} refused it: ${why}`, {
    agents,
  });
}
