/**
 * What a reload costs: in time, in blocking, in memory.
 *
 * @module
 */

import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parse } from "yaml";
import { documentOf, type Format, type Opened, openManager, textOf } from "./documents.ts";

export interface ReloadTimes {
  readonly reloadMs: number;
  /** `JSON.parse`, or `parse` of yaml, of the same text. */
  readonly parseMs: number;
  /** The longest time in which nothing else ran. */
  readonly blockedMs: number;
}

/** A reload of one file in which one leaf has changed. */
export async function timeReload(format: Format, bytes: number): Promise<ReloadTimes> {
  const name = `a.${format}`;
  await using opened = await openManager(new Map([[name, textOf(format, documentOf(bytes, 1))]]));
  await changeLeaf(opened, name, textOf(format, documentOf(bytes, 2))); // what is compiled is compiled
  const text = textOf(format, documentOf(bytes, 3));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const reloadMs = await changeLeaf(opened, name, text);
  delay.disable();
  const startedAt = performance.now();
  if (format === "json") JSON.parse(text);
  else parse(text);
  return { reloadMs, parseMs: performance.now() - startedAt, blockedMs: delay.max / 1e6 };
}

/** So many files of the same size together, one of which has changed. */
export async function timeReloadOfOne(files: number, bytes: number): Promise<number> {
  const textAt = (i: number, port: number) =>
    textOf("json", documentOf(bytes / files, port, `file${i}`));
  const all = Array.from({ length: files }, (_, i) => [`${i}.json`, textAt(i, 1)] as const);
  await using opened = await openManager(new Map(all));
  const last = files - 1;
  await changeLeaf(opened, `${last}.json`, textAt(last, 2));
  return await changeLeaf(opened, `${last}.json`, textAt(last, 3));
}

/** A reload that finds ten files as they were. */
export async function timeUnchanged(): Promise<number> {
  const text = textOf("yaml", documentOf(5_000, 1));
  const all = Array.from({ length: 10 }, (_, i) => [`${i}.yaml`, text] as const);
  await using opened = await openManager(new Map(all));
  await opened.manager.reload();
  const startedAt = performance.now();
  const { status } = await opened.manager.reload();
  const unchangedMs = performance.now() - startedAt;
  if (status !== "unchanged") throw new Error(`the reload was ${status}`);
  return unchangedMs;
}

/** What each kept version of a configuration adds, one leaf of which changes each time, in bytes. */
export async function memoryPerVersion(bytes: number, versions: number): Promise<number> {
  const textAt = (port: number) => textOf("json", documentOf(bytes, port));
  await using opened = await openManager(new Map([["a.json", textAt(1)]]));
  await changeLeaf(opened, "a.json", textAt(2));
  const before = collectedHeap();
  for (let i = 0; i < versions; i++) await changeLeaf(opened, "a.json", textAt(3 + i));
  return (collectedHeap() - before) / versions;
}

/** @returns how long the reload took, in milliseconds */
export async function changeLeaf(opened: Opened, name: string, text: string): Promise<number> {
  await opened.save(name, text);
  const startedAt = performance.now();
  const { status } = await opened.manager.reload();
  const reloadMs = performance.now() - startedAt;
  if (status !== "applied") throw new Error(`the reload was ${status}`);
  return reloadMs;
}

function collectedHeap(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void; // what the flag exposes
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
