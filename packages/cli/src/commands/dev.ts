import { join, resolve } from "node:path";
import { startServer } from "@llmcfg/server";
import { type Invocation, type Run, usage } from "../command.ts";
import { type DevFile, writeDevFile } from "../dev-file.ts";
import { holdFolder } from "../hold-folder.ts";
import type { Io } from "../io.ts";

const DEFAULT_PORT = 7420;

export const dev: Run = async (invocation: Invocation) => {
  const { io, flags, output } = invocation;
  const startedAt = performance.now();
  const isJson = output.format === "json";
  const dataDir = dataDirOf(flags["data-dir"]);
  const folder = dataDir === undefined ? undefined : resolve(io.cwd, dataDir);
  const isEmpty = flags["empty"] === true;
  using stack = new DisposableStack();
  if (folder !== undefined) stack.use(await holdFolder(folder));
  await using server = await startServer({
    httpHost: "127.0.0.1",
    httpPort: portOf(flags["port"], DEFAULT_PORT),
    tryNextPorts: true,
    store:
      folder === undefined
        ? { engine: "memory" }
        : { engine: "sqlite", file: join(folder, "store.db") },
    rootKey:
      folder === undefined
        ? { kind: "ephemeral" }
        : { kind: "local", file: join(folder, "root.key"), create: true },
    mode: "dev",
    demoData: !isEmpty,
    logLevel: "warn",
    logFormat: "pretty",
  });
  const { url, devToken = "", revision } = server;
  const note = { url, ui: null, grpc: null, token: devToken, revision, pid: process.pid };
  const removeNote = await writeDevFile(io.env, { schemaVersion: 1, ...note });
  if (isJson) io.out(`${JSON.stringify(note)}\n`);
  else
    io.out(
      welcome(server.version, note, {
        folder,
        isEmpty,
        seconds: (performance.now() - startedAt) / 1_000,
      }),
    );
  await untilStopped(io);
  await removeNote();
  return 0;
};

export function portOf(flag: string | boolean | undefined, otherwise: number): number {
  if (flag === undefined) return otherwise;
  const port = Number(flag);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw usage(`--port ${String(flag)} is no port`, "a whole number of 0 to 65535");
}

/** Nothing is no folder: it would be the one that one happens to be in. */
export function dataDirOf(flag: string | boolean | undefined): string | undefined {
  if (flag === "") throw usage("--data-dir names no folder", "for example --data-dir ./data");
  return typeof flag === "string" ? flag : undefined;
}

export async function untilStopped({ signal }: Pick<Io, "signal">): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((stopped) => {
    signal.addEventListener("abort", () => stopped(), { once: true });
  });
}

function welcome(
  version: string,
  { url, token, revision }: Omit<DevFile, "schemaVersion">,
  { folder, isEmpty, seconds }: { folder: string | undefined; isEmpty: boolean; seconds: number },
): string {
  const where =
    folder === undefined
      ? "in memory; data is gone on exit, keep it with --data-dir DIR"
      : `data in ${folder}`;
  const what = isEmpty || revision < 2 ? "empty" : revision === 2 ? "demo data" : "as it was left";
  return `llmcfg dev server ${version} (${where})
  API        ${url}
  Token      ${token}
  Revision   ${revision} (${what})
Try in another terminal:
  llmcfg get production/ml-service/inference/timeout-seconds
  llmcfg explain production/ml-service/inference/model.config
Ready in ${seconds.toFixed(1)} s. Ctrl-C stops.
`;
}
