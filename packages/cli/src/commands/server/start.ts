import { isLlmcfgError, nearestNames, printable } from "@llmcfg/core";
import { runServer, type ServerFlags, type StartedServer } from "@llmcfg/server/main";
import { formatFinding, LOG_FORMATS, LOG_LEVELS } from "@llmcfg/server/settings";
import { type FlagValues, type Invocation, type Run, usage } from "../../command.ts";
import type { Io } from "../../io.ts";
import { dataDirOf, portOf } from "../dev.ts";

/** Runs until it is stopped. What the settings say wrong is told line by line before it ends. */
export const startServerCommand: Run = async ({ io, flags, output }: Invocation) => {
  const { env, cwd, isTerminal, signal } = io;
  const show = output.format === "json" ? noteOf : welcome;
  const onStarted = (started: StartedServer) => io.out(show(started));
  try {
    return await runServer({ env, cwd, isTerminal, signal, flags: toFlags(flags), onStarted });
  } catch (error) {
    if (output.format !== "json") tellFindings(io, error); // in JSON they are part of the problem
    throw error;
  }
};

function toFlags(flags: FlagValues): ServerFlags {
  return {
    config: textOf(flags["config"]),
    dataDir: dataDirOf(flags["data-dir"]),
    port: flags["port"] === undefined ? undefined : portOf(flags["port"], 0),
    publicUrl: textOf(flags["public-url"]),
    logLevel: oneOf(LOG_LEVELS, flags["log-level"], "log level"),
    logFormat: oneOf(LOG_FORMATS, flags["log-format"], "log format"),
  };
}

function textOf(flag: FlagValues[string]): string | undefined {
  return typeof flag === "string" ? flag : undefined;
}

function oneOf<T extends string>(
  names: readonly T[],
  flag: FlagValues[string],
  what: string,
): T | undefined {
  if (flag === undefined) return undefined;
  const name = names.find((known) => known === flag);
  if (name !== undefined) return name;
  const [nearest] = nearestNames(String(flag), names, 1);
  const hint =
    nearest === undefined ? `use one of ${names.join(", ")}` : `did you mean ${nearest}?`;
  throw usage(`there is no ${what} ${String(flag)}`, hint);
}

function tellFindings(io: Pick<Io, "err">, error: unknown): void {
  if (!isLlmcfgError(error, "SCHEMA_VIOLATION")) return;
  for (const finding of error.details.errors) {
    io.err(`${printable(formatFinding(finding, "error"))}\n`);
  }
}

function noteOf({ server, settingsFile, dataFolder }: StartedServer): string {
  const { url, revision, firstAdminToken } = server;
  const note = {
    url,
    revision,
    token: firstAdminToken ?? null,
    settings: settingsFile ?? null,
    data: dataFolder ?? null,
    pid: process.pid,
  };
  return `${JSON.stringify(note)}\n`;
}

function welcome({ server, settingsFile, dataFolder }: StartedServer): string {
  const where =
    dataFolder === undefined ? "in memory; data is gone on exit" : `data in ${dataFolder}`;
  const settings = settingsFile === undefined ? "" : `  Settings   ${settingsFile}\n`;
  const token =
    server.firstAdminToken === undefined
      ? ""
      : `  Token      ${server.firstAdminToken}
             (role admin, valid for 1 h; commands find both by LLMCFG_ADDR and LLMCFG_TOKEN,
             llmcfg token create makes others)\n`;
  return `llmcfg server ${server.version}, ${where}\n  API        ${server.url}\n${settings}${token}`;
}
