/**
 * A program whose folder lies on a file system of a few megabytes, in a mount namespace that ends
 * with it: needs no right but to make a namespace, and leaves nothing mounted.
 *
 * @module
 */

import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Home, type RunningProgram, run, start } from "../support/programs.ts";

/** Works for root and, where the machine lets users make namespaces, for everybody. */
const UNSHARE = "unshare --user --map-root-user --mount";

const MIB = 1_048_576;

/** Why there can be no small disk here; `undefined` where there can. */
export async function whyNoSmallDisk(home: Home): Promise<string | undefined> {
  const { code, stderr } = await run(`${UNSHARE} mount -t tmpfs -o size=1m tmpfs "$HOME"`, {
    env: home.env,
  });
  return code === 0 ? undefined : `no file system can be mounted: ${stderr.trim()}`;
}

export class SmallDisk {
  readonly program: RunningProgram;
  readonly #ballast: string;

  private constructor(program: RunningProgram, folder: string) {
    this.program = program;
    // The mount is seen by the program alone, and through its root.
    this.#ballast = join(`/proc/${program.child.pid}/root`, folder, "ballast");
  }

  /**
   * Mounts a file system of `mib` at `folder`, and starts `llmcfg` beside it.
   *
   * @param folder is there, and empty
   */
  static async start(
    home: Home,
    { folder, mib }: { readonly folder: string; readonly mib: number },
    args: readonly string[],
  ): Promise<SmallDisk> {
    const mount = `mount -t tmpfs -o size=${mib}m,mode=700 tmpfs "$0"`;
    const script = `${mount} && exec llmcfg "$@"`;
    const program = await start(
      "unshare",
      [...UNSHARE.split(" ").slice(1), "bash", "-c", script, folder, ...args],
      { env: home.env, timeoutMs: 60_000 },
    );
    return new SmallDisk(program, folder);
  }

  /** Takes all the space that is left. */
  async fill(): Promise<void> {
    for (let size = MIB; size >= 4_096; size /= 2) {
      await this.#growWhilePossible(Buffer.alloc(size));
    }
  }

  /** Gives back what {@link fill} took. */
  async free(): Promise<void> {
    await rm(this.#ballast);
  }

  async #growWhilePossible(block: Buffer): Promise<void> {
    try {
      for (;;) await writeFile(this.#ballast, block, { flag: "a" });
    } catch (error) {
      const isFull = error instanceof Error && "code" in error && error.code === "ENOSPC";
      if (!isFull) throw error;
    }
  }
}
