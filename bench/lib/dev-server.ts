import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Started, type StartOptions, start } from "./programs.ts";

const BIN = resolve(import.meta.dirname, "../../packages/cli/bin/llmcfg.js");

/** A server as `llmcfg dev` starts it, in a process of its own, with the demo data. */
export interface DevServer extends Started {
  readonly url: string;
  readonly token: string;
}

/** @param nodeArgs for Node, before the program */
export async function startDevServer(
  options: StartOptions & { readonly nodeArgs?: readonly string[] } = {},
): Promise<DevServer> {
  const { nodeArgs = [], ...rest } = options;
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  // A development server of the user is left alone.
  const env = { ...rest.env, XDG_RUNTIME_DIR: folder };
  const args = [...nodeArgs, BIN, "dev", "-o", "json", "--port", "0"];
  const started = stack.use(await start(process.execPath, args, { ...rest, env }));
  const { url, token } = JSON.parse(started.firstLine) as { url: string; token: string };
  const owned = stack.move();
  return { ...started, url, token, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
