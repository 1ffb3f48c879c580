/**
 * What a write is based on, and whether it may go on.
 *
 * @module
 */

import type { Client, WriteOptions } from "@llmcfg/client";
import { isLlmcfgError, type KeyRef, LlmcfgError } from "@llmcfg/core";
import type { Entry } from "@llmcfg/protocol";
import { type Invocation, usage } from "../command.ts";
import { rememberEnvironments } from "../completion/name-cache.ts";
import { connect } from "../connection.ts";
import type { Io } from "../io.ts";
import { resolveKeyArgument } from "../key-reference.ts";

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
  const { client, scope, names } = await connect(io, flags);
  const asked = resolveKeyArgument(args[0] ?? "", scope);
  const { body: environments } = await client.listEnvironments({ signal: io.signal });
  await rememberEnvironments(names, environments.items);
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

/** What is effective now. */
export async function readCurrent(
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
