/**
 * Where results are kept, and how one compares with the last of its kind.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Bench, BenchOptions, Figure, Measured } from "./bench.ts";
import { describeMachine, type Machine } from "./machine.ts";

const FOLDER = resolve(import.meta.dirname, "../results");

/** A ratio that is worse than the last by more than this is told. */
const NOTABLE = 0.15;

export interface Result extends Measured {
  readonly bench: string;
  readonly at: string;
  /** The commit that was measured; `-dirty` where files were not committed. */
  readonly commit: string;
  readonly options: BenchOptions;
  readonly machine: Machine;
}

export function toResult(bench: Bench, options: BenchOptions, measured: Measured): Result {
  const at = new Date().toISOString();
  const machine = describeMachine();
  return { bench: bench.name, at, commit: commitOf(), options, machine, ...measured };
}

/** Writes `results/NAME/YYYY-MM-DD-COMMIT.json`. @returns its path */
export async function save(result: Result): Promise<string> {
  requireSound(result.figures);
  const folder = join(FOLDER, result.bench);
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${result.at.slice(0, 10)}-${result.commit}.json`);
  await writeFile(file, format(result));
  return file;
}

/** Figures to read, a line for each member; what they were made of on one line. */
function format({ raw, ...told }: Result): string {
  const text = JSON.stringify(told, null, 1);
  return `${text.slice(0, -"\n}".length)},\n "raw": ${JSON.stringify(raw)}\n}\n`;
}

/** @throws {Error} where a figure is no number or there is none */
export function requireSound(figures: readonly Figure[]): void {
  const unsound = figures.filter(({ value }) => !Number.isFinite(value));
  if (figures.length > 0 && unsound.length === 0) return;
  throw new Error(`no figure came out of it: ${unsound.map(({ name }) => name).join(", ")}`);
}

/** What is worse by more than 15 % than the last result of the same kind of machine, as lines. */
export async function worseThanLast(result: Result): Promise<readonly string[]> {
  const last = await lastLike(result);
  if (last === undefined) return [];
  const before = new Map(last.figures.map(({ name, value }) => [name, value]));
  return result.figures.flatMap(({ name, value, better }) => {
    const was = before.get(name);
    if (was === undefined || was === 0 || value === 0) return [];
    const loss = better === "higher" ? was / value - 1 : value / was - 1;
    if (loss <= NOTABLE) return [];
    return [`${name} is ${Math.round(loss * 100)} % worse than on ${last.at} (${last.commit})`];
  });
}

async function lastLike({ bench, machine, at }: Result): Promise<Result | undefined> {
  const folder = join(FOLDER, bench);
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts
    .map((text) => JSON.parse(text) as Result) // what `save` wrote
    .filter((other) => other.at < at && other.machine.cpu === machine.cpu)
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
    .at(-1);
}

function commitOf(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: FOLDER,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  try {
    const commit = git("rev-parse", "--short", "HEAD").trim();
    const changed = git("status", "--porcelain", "--", ":/packages", ":/bench/*.ts");
    return changed === "" ? commit : `${commit}-dirty`;
  } catch {
    return "unknown"; // no repository
  }
}
