/**
 * The note that a running development server leaves, so that commands beside it find it.
 *
 * @module
 */

import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { usage } from "./command.ts";
import type { Io } from "./io.ts";

const DevFile = z.object({
  schemaVersion: z.literal(1),
  url: z.string(),
  ui: z.string().nullable(),
  grpc: z.string().nullable(),
  token: z.string(),
  revision: z.int(),
  pid: z.int(),
});
export type DevFile = z.output<typeof DevFile>;

/** Of a server that still runs. */
export async function readDevFile(env: Io["env"]): Promise<DevFile | undefined> {
  const file = fileOf(env);
  try {
    const { uid, mode } = await stat(file);
    if (uid !== userInfo().uid || (mode & 0o077) !== 0) return undefined; // somebody else's
    const found = DevFile.parse(JSON.parse(await readFile(file, "utf8")));
    process.kill(found.pid, 0);
    return found;
  } catch {
    return undefined;
  }
}

/** @returns removes the file again, if it is still this one */
export async function writeDevFile(env: Io["env"], content: DevFile): Promise<() => Promise<void>> {
  const file = fileOf(env);
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
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

function fileOf(env: Io["env"]): string {
  const runtime = env["XDG_RUNTIME_DIR"];
  return runtime === undefined || runtime === ""
    ? join(env["TMPDIR"] ?? tmpdir(), `llmcfg-${userInfo().uid}`, "dev.json")
    : join(runtime, "llmcfg/dev.json");
}
