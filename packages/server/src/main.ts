/**
 * The process of a server: its settings, when it stops, its exit code.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { type RunningServer, startServer } from "./server.ts";
import { loadSettings, type SettingsFlags } from "./settings/load-settings.ts";
import {
  findSettingsFile,
  namedFile,
  type SettingsFile,
  type Surroundings,
} from "./settings/places.ts";
import { toServerSettings } from "./settings/server-settings.ts";
import { createLogger } from "./telemetry/logger.ts";

/** What a flag gives wins over variables, these over the file, and that over defaults. */
export interface ServerFlags {
  /** Default: `llmcfg.yaml` where one is found. */
  readonly config?: string | undefined;
  /** Folder of `store.db` and `root.key`. */
  readonly dataDir?: string | undefined;
  /** In place of the port of `http.addr`. */
  readonly port?: number | undefined;
  readonly publicUrl?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly logFormat?: string | undefined;
}

export interface ServerProcess extends Surroundings {
  readonly flags: ServerFlags;
  /** Whether somebody reads along: decides on the form of the log where no setting does. */
  readonly isTerminal: boolean;
  /** Aborts once the process is asked to end. */
  readonly signal: AbortSignal;
  /** Hears once that requests are answered. */
  readonly onStarted: (started: StartedServer) => void;
}

export interface StartedServer {
  readonly server: RunningServer;
  /** `undefined` where no file says anything. */
  readonly settingsFile: string | undefined;
  /** Where the store lies; `undefined` for one in memory. */
  readonly dataFolder: string | undefined;
}

/** How long an orderly end may take. */
const MAX_END_MS = 25_000;

/**
 * Runs a server until the signal aborts, and ends it in order: requests that are open finish, then
 * everything is closed. One that does not come to an end in 25 s is ended where it stands.
 *
 * @returns the exit code
 * @throws {LlmcfgError} `SCHEMA_VIOLATION` with every fault of the settings; `INVALID_ARGUMENT`
 *   where the file of settings or the root key is not there; what {@link startServer} throws
 */
export async function runServer(run: ServerProcess): Promise<number> {
  const file = await fileOf(run);
  const flags = toSettingsFlags(run);
  const { settings, warnings } = await loadSettings({ env: run.env, file, flags });
  const complete = toServerSettings(settings, { ...run, port: run.flags.port });
  const log = createLogger({ level: complete.logLevel, format: complete.logFormat });
  for (const finding of warnings) log.warn({ finding }, "a setting needs a look");

  await using server = await startServer(complete);
  const { store } = complete;
  run.onStarted({
    server,
    settingsFile: file?.shown,
    dataFolder: store.engine === "memory" ? undefined : dirname(store.file),
  });
  await untilAborted(run.signal);
  endAfter(MAX_END_MS);
  return 0;
}

async function fileOf({ flags, env, cwd }: ServerProcess): Promise<SettingsFile | undefined> {
  return flags.config === undefined
    ? await findSettingsFile({ env, cwd })
    : namedFile(flags.config, { cwd });
}

function toSettingsFlags({ flags, cwd }: ServerProcess): SettingsFlags {
  const { dataDir, publicUrl, logLevel: level, logFormat: format } = flags;
  const folder = dataDir === undefined ? undefined : resolve(cwd, dataDir);
  return {
    http: { publicUrl },
    store: { url: folder && `sqlite:${join(folder, "store.db")}` },
    kek: { uri: folder && `local:${join(folder, "root.key")}` },
    log: { level, format },
  };
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolveWait) => {
    signal.addEventListener("abort", () => resolveWait(), { once: true });
  });
}

/** The last resort: a process that has nothing left ends by itself, and much earlier. */
function endAfter(ms: number): void {
  setTimeout(() => {
    process.exit(1);
  }, ms).unref();
}
