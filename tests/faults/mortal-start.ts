/**
 * Starts of a server that are killed before it serves.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type FSWatcher, watch } from "node:fs";
import { mkdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Home } from "../support/programs.ts";

/** When a start is killed: some time after its beginning, or after a file of its folder came. */
export interface KillPoint {
  /** What the name of the file begins with; `undefined` for the beginning. */
  readonly file: string | undefined;
  readonly afterMs: number;
}

/** What became of a start. */
export interface KilledStart {
  readonly signal: NodeJS.Signals | null;
  /** Whether it had said that it serves. */
  readonly hasServed: boolean;
}

const PROGRAM = "llmcfg";
const PATIENCE_MS = 30_000;

/** The command line of a server in a folder. */
export function serverArgs(folder: string, port: number): readonly string[] {
  return ["server", "start", "--data-dir", folder, "--port", String(port), "--log-level", "warn"];
}

/** Starts a server and kills it at the point; a file that is there already counts as come. */
export async function startAndKill(
  home: Home,
  { folder, port }: { readonly folder: string; readonly port: number },
  point: KillPoint,
): Promise<KilledStart> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  using watched = new FolderWatch(folder);
  const child = spawn(PROGRAM, serverArgs(folder, port), {
    env: home.env,
    cwd: home.folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(child, "exit");
  let hasServed = false;
  child.stdout.once("data", () => {
    hasServed = true;
  });
  await Promise.race([reach(point, watched, child), exited]);
  child.kill("SIGKILL");
  const [, signal] = (await exited) as [unknown, NodeJS.Signals | null]; // what `exit` gives
  return { signal, hasServed };
}

async function reach(point: KillPoint, watched: FolderWatch, child: ChildProcess): Promise<void> {
  if (point.file === undefined) await once(child, "spawn");
  else await watched.whenSeen(point.file);
  if (point.afterMs > 0) await delay(point.afterMs);
}

/** Says when files appear in a folder. */
class FolderWatch implements Disposable {
  readonly #watcher: FSWatcher;
  readonly #seen = new Set<string>();
  #wake = Promise.withResolvers<void>();

  constructor(folder: string) {
    this.#watcher = watch(folder, (_event, name) => {
      if (name !== null) this.#seen.add(name);
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
  }

  async whenSeen(prefix: string): Promise<void> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    while (![...this.#seen].some((name) => name.startsWith(prefix))) {
      if (deadline.aborted)
        throw new Error(`no file ${prefix}… came: ${[...this.#seen].join(" ")}`);
      await Promise.race([this.#wake.promise, once(deadline, "abort")]);
    }
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}
