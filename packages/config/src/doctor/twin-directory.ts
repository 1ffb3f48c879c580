import { rename, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../clock.ts";
import { withTimeout } from "../concurrency.ts";
import { FileWatch } from "../watch/file-watch.ts";
import type { DoctorSubject } from "./doctor-check.ts";

/** For a machine that is busy: beyond what the settings allow. */
const GRACE_MS = 2_000;

/** The kinds of changes, each from what the one before leaves behind. */
const CHANGES: readonly { readonly name: string; readonly make: (twin: Twin) => Promise<void> }[] =
  [
    { name: "writing in place", make: async ({ file }) => await writeFile(file, "in place") },
    {
      name: "renaming over it",
      make: async ({ file, at }) => {
        await writeFile(at("next"), "renamed");
        await rename(at("next"), file);
      },
    },
    {
      name: "swapping a symbolic link",
      make: async ({ link, at }) => {
        await symlink("generation-2", at("link-next"));
        await rename(at("link-next"), link);
      },
    },
    { name: "deleting", make: async ({ file }) => await unlink(file) },
    { name: "creating again", make: async ({ file }) => await writeFile(file, "again") },
  ];

interface Twin {
  readonly file: string;
  readonly link: string;
  readonly at: (name: string) => string;
}

/**
 * Makes every kind of change to files in `directory`, which is empty, and watches them as the
 * configuration is watched.
 *
 * @returns the kinds that were not noticed within debounce and poll interval
 */
export async function missedChanges(
  directory: string,
  { watch, fs }: Pick<DoctorSubject, "watch" | "fs">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const twin = await prepare(directory);
  const noticed = new Bell();
  await using files = new FileWatch({
    ...watch,
    fs,
    clock: systemClock,
    onChange: () => noticed.ring(),
    onTrouble: () => {}, // then polling must do
    onRecovered: () => {},
  });
  const watched = [twin.file, twin.link].map((path) => {
    return { path, type: "file", identity: undefined } as const;
  });
  await files.watch(watched);
  const ms = watch.debounceMs + watch.pollIntervalMs + (watch.graceMs ?? GRACE_MS);
  const missed: string[] = [];
  for (const { name, make } of CHANGES) {
    signal.throwIfAborted();
    const heard = noticed.next();
    await make(twin);
    if (!(await withTimeout(heard, { clock: systemClock, ms, late: () => false })))
      missed.push(name);
  }
  return missed;
}

async function prepare(directory: string): Promise<Twin> {
  const at = (name: string) => join(directory, name);
  const twin = { file: at("config.yaml"), link: at("linked.yaml"), at };
  await writeFile(twin.file, "first");
  await writeFile(at("generation-1"), "one");
  await writeFile(at("generation-2"), "two");
  await symlink("generation-1", twin.link);
  return twin;
}

/** Tells of the next ring. */
class Bell {
  #ring: (isHeard: true) => void = () => {};

  async next(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#ring = resolve;
    return await promise;
  }

  ring(): void {
    this.#ring(true);
  }
}
