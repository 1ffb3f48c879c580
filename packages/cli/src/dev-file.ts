/**
 * The note that a running development server leaves, so that commands beside it find it.
 *
 * @module
 */

import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { usage } from "./command.ts";
import type { Io } from "./io.ts";

export interface DevFile {
  readonly schemaVersion: 1;
  readonly url: string;
  readonly ui: string | null;
  readonly grpc: string | null;
  readonly token: string;
  readonly revision: number;
  readonly pid: number;
}

/** Of a server that still runs. */
export async function readDevFile(env: Io["env"]): Promise<Note | undefined> {
  const file = devFileOf(env);
  try {
    const { uid, mode } = await stat(file);
    if (uid !== userInfo().uid || (mode & 0o077) !== 0) return undefined; // somebody else's
    const found = parseNote(JSON.parse(await readFile(file, "utf8")));
    if (found !== undefined) process.kill(found.pid, 0);
    return found;
  } catch {
    return undefined;
  }
}

/** What is read of the file. Every command reads it, so nothing is loaded for checking it. */
export type Note = Pick<DevFile, "url" | "token" | "pid">;

function parseNote(json: unknown): Note | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { schemaVersion, url, token, pid }: Partial<Record<keyof DevFile, unknown>> = json;
  const isRight = typeof url === "string" && typeof token === "string" && typeof pid === "number";
  return schemaVersion === 1 && isRight ? { url, token, pid } : undefined;
}

/** @returns removes the file again, if it is still this one */
export async function writeDevFile(env: Io["env"], content: DevFile): Promise<() => Promise<void>> {
  const file = devFileOf(env);
  const folder = dirname(file);
  const { makeFolder } = await import("@llmcfg/client/store"); // every command loads this file
  try {
    await makeFolder(folder);
  } catch {
    throw usage(`${folder} cannot be made`, "set XDG_RUNTIME_DIR to a folder of your own");
  }
  const { uid, mode } = await stat(folder);
  if (uid !== userInfo().uid || (mode & 0o022) !== 0) {
    throw usage(
      `${folder} belongs to somebody else`,
      "set XDG_RUNTIME_DIR to a folder of your own",
    );
  }
  await rm(file, { force: true });
  await writeFile(file, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: "wx" });
  return async () => {
    const now = await readFile(file, "utf8").catch(() => "");
    if (now.includes(content.token)) await rm(file, { force: true });
  };
}

/** Where the note is, if there is one. */
export function devFileOf(env: Io["env"]): string {
  const runtime = env["XDG_RUNTIME_DIR"];
  return runtime === undefined || runtime === ""
    ? join(env["TMPDIR"] ?? tmpdir(), `llmcfg-${userInfo().uid}`, "dev.json")
    : join(runtime, "llmcfg/dev.json");
}
