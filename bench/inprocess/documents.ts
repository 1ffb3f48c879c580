/**
 * Configurations of any size, and managers over them.
 *
 * @module
 */

import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ConfigLoader,
  type ConfigManager,
  type ConfigSchema,
  ConfigValidator,
  createManager,
  defineSchema,
  field,
} from "@llmcfg/config";
import { stringify } from "yaml";
import { z } from "zod";

const item = z.strictObject({
  id: z.string().min(1),
  endpoint: z.string(),
  weight: z.number().min(0).default(1),
  enabled: z.boolean().default(true),
  timeout: field.duration({ max: "1h" }).prefault("30s"),
  tags: z.record(z.string(), z.string()).default({}),
});

const root = z.strictObject({
  server: z
    .strictObject({ port: z.int().default(8080), name: z.string().default("a") })
    .prefault({}),
  items: field.keyedList(item, { key: "id" }).default([]),
});

export type BenchConfig = z.output<typeof root>;

export type Format = "yaml" | "json";

const schema: ConfigSchema<BenchConfig> = defineSchema({
  name: "bench",
  envPrefix: "BENCH_",
  root,
});

/** One more item has so many bytes in JSON, about. */
const ITEM_BYTES = 190;

/** A document of about so many bytes as JSON; `port` is the one leaf that differs. */
export function documentOf(bytes: number, port: number, prefix = "item"): object {
  const count = Math.max(1, Math.round(bytes / ITEM_BYTES));
  const items = Array.from({ length: count }, (_, i) => ({
    id: `${prefix}-${i}`,
    endpoint: `https://upstream-${i}.internal.example:8443/v1/chat/completions`,
    weight: i % 100,
    enabled: i % 3 !== 0,
    timeout: `${1 + (i % 60)}s`,
    tags: { region: `region-${i % 7}`, tier: "standard" },
  }));
  return { server: { port, name: "bench" }, items };
}

export function textOf(format: Format, document: object): string {
  return format === "json" ? JSON.stringify(document) : stringify(document);
}

export interface Opened extends AsyncDisposable {
  readonly manager: ConfigManager<BenchConfig>;
  /** Replaces a file as editors do: another one takes its name. */
  save(name: string, text: string): Promise<void>;
}

/** A manager over files, weakest first, which is asked to reload and does not watch. */
export async function openManager(files: ReadonlyMap<string, string>): Promise<Opened> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const save = async (name: string, text: string) => {
    await writeFile(join(folder, `.${name}`), text);
    await rename(join(folder, `.${name}`), join(folder, name));
  };
  const loader = new ConfigLoader(schema);
  for (const [name, text] of files) {
    await save(name, text);
    loader.addFile(join(folder, name));
  }
  const validator = new ConfigValidator(schema);
  const manager = await createManager({ loader, validator, watch: false, historySize: 100 });
  stack.use(manager);
  await manager.start();
  const owned = stack.move();
  return { manager, save, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
