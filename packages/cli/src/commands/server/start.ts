import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type LogLevel, startServer } from "@llmcfg/server";
import { type Invocation, type Run, usage } from "../../command.ts";
import { portOf, untilStopped } from "../dev.ts";

const DEFAULT_PORT = 7420;
const LEVELS: readonly string[] = ["debug", "info", "warn", "error", "silent"];

export const startServerCommand: Run = async ({ io, flags }: Invocation) => {
  const state = io.env["XDG_STATE_HOME"] ?? join(io.env["HOME"] ?? homedir(), ".local/state");
  const asked = flags["data-dir"];
  const folder = typeof asked === "string" ? resolve(io.cwd, asked) : join(state, "llmcfg/server");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const format = flags["log-format"];
  await using server = await startServer({
    httpHost: "127.0.0.1",
    httpPort: portOf(flags["port"], DEFAULT_PORT),
    tryNextPorts: false,
    publicUrl: typeof flags["public-url"] === "string" ? flags["public-url"] : undefined,
    store: { engine: "sqlite", file: join(folder, "store.db") },
    rootKey: { kind: "local", file: join(folder, "root.key"), create: true },
    mode: "server",
    demoData: false,
    logLevel: levelOf(flags["log-level"]),
    logFormat: format === "pretty" || (format === undefined && io.isTerminal) ? "pretty" : "json",
  });
  io.out(`llmcfg server ${server.version}, data in ${folder}\n  API        ${server.url}\n`);
  if (server.firstAdminToken !== undefined) {
    io.out(`  Token      ${server.firstAdminToken}\n`);
    io.out("             (role admin, valid for 1 h; make others with llmcfg token create)\n");
  }
  await untilStopped(io);
  return 0;
};

function levelOf(flag: string | boolean | undefined): LogLevel {
  const level = flag ?? "info";
  if (LEVELS.includes(String(level))) return level as LogLevel; // one of them
  throw usage(`there is no log level ${String(level)}`, `use one of ${LEVELS.join(", ")}`);
}
