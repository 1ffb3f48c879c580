/**
 * What is effective at each revision, worked out from scratch: a second implementation of layers,
 * merging and references for the little that the model tests write. Imports nothing of the product.
 *
 * @module
 */

import { createHash } from "node:crypto";

type Value = string | number | { readonly [leaf: string]: number };

/** `undefined` as value: removed; `"mask"` hides what would be inherited. */
export type OracleWrite =
  | { readonly path: string; readonly value: Value }
  | { readonly path: string; readonly state: "deleted" | "masked" };

export interface OracleEntry {
  readonly path: string;
  readonly version: number;
  readonly layer: string;
  readonly hash: string;
}

export interface OracleChange {
  readonly op: "put" | "delete";
  readonly path: string;
  readonly version: number;
  readonly layer: string;
  readonly hash: string | null;
}

interface Stored {
  readonly env: string;
  readonly version: number;
  readonly revision: number;
  readonly write: OracleWrite;
}

const ENVIRONMENTS = ["base", "development", "staging", "production"];

/** Knows all commits; `commits[0]` is revision 2. */
export class BundleOracle {
  readonly #commits: (readonly OracleWrite[])[] = [];

  add(writes: readonly OracleWrite[]): void {
    this.#commits.push(writes);
  }

  get head(): number {
    return this.#commits.length + 1;
  }

  /** The entries of an environment that a reader sees, sorted by path. */
  entries(env: string, isSeen: (path: string) => boolean, at: number): readonly OracleEntry[] {
    const items = this.#itemsAt(at);
    const names = new Set([...items.keys()].map((path) => path.split("/").slice(1).join("/")));
    return [...names]
      .map((name) => `${env}/${name}`)
      .filter(isSeen)
      .toSorted()
      .flatMap((path) => entryOf(items, path) ?? []);
  }

  hash(env: string, isSeen: (path: string) => boolean, at: number): string {
    const lines = this.entries(env, isSeen, at).map(({ path, hash }) => `${path}\t${hash}\n`);
    return sha256(lines.join(""));
  }

  /** What the bundle is at the newest revision, and which revision made it so; 1 for none. */
  state(env: string, isSeen: (path: string) => boolean): { revision: number; hash: string } {
    const hash = this.hash(env, isSeen, this.head);
    let revision = this.head;
    while (revision > 1 && this.hash(env, isSeen, revision - 1) === hash) revision--;
    return { revision, hash };
  }

  /** What a revision changes for the reader, sorted by path; empty for most. */
  changes(env: string, isSeen: (path: string) => boolean, at: number): readonly OracleChange[] {
    const before = new Map(this.entries(env, isSeen, at - 1).map((entry) => [entry.path, entry]));
    const after = new Map(this.entries(env, isSeen, at).map((entry) => [entry.path, entry]));
    const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted();
    return paths.flatMap((path) => {
      const [was, is] = [before.get(path), after.get(path)];
      if (JSON.stringify(was) === JSON.stringify(is)) return [];
      return is === undefined ? [this.#removal(path, at)] : [{ op: "put" as const, ...is }];
    });
  }

  #removal(path: string, at: number): OracleChange {
    const [env = "", ...name] = path.split("/");
    const items = this.#itemsAt(at);
    const writers = chainOf(env)
      .flatMap((layer) => items.get(`${layer}/${name.join("/")}`) ?? [])
      .filter(({ revision }) => revision === at);
    const { version = 0, env: layer = "" } = writers.at(-1) ?? {};
    return { op: "delete", path, version, layer, hash: null };
  }

  #itemsAt(at: number): ReadonlyMap<string, Stored> {
    const items = new Map<string, Stored>();
    for (const [i, writes] of this.#commits.slice(0, Math.max(0, at - 1)).entries()) {
      for (const write of writes) {
        const version = (items.get(write.path)?.version ?? 0) + 1;
        const env = write.path.split("/")[0] ?? "";
        items.set(write.path, { env, version, revision: i + 2, write });
      }
    }
    return items;
  }
}

function chainOf(env: string): readonly string[] {
  return ENVIRONMENTS.slice(0, ENVIRONMENTS.indexOf(env) + 1);
}

function entryOf(items: ReadonlyMap<string, Stored>, path: string): OracleEntry | undefined {
  const found = resolve(items, path);
  if (found === undefined) return undefined;
  const { newest, value } = found;
  return { path, version: newest.version, layer: newest.env, hash: sha256(canonical(value)) };
}

function resolve(
  items: ReadonlyMap<string, Stored>,
  path: string,
): { readonly value: Value; readonly newest: Stored } | undefined {
  const [env = "", ...name] = path.split("/");
  const layers = chainOf(env)
    .toReversed()
    .flatMap((layer) => items.get(`${layer}/${name.join("/")}`) ?? []);
  const shown: (Stored & { readonly value: Value })[] = [];
  for (const stored of layers) {
    const { write } = stored;
    if ("state" in write && write.state === "deleted") continue;
    if ("state" in write) break;
    shown.push({ ...stored, value: write.value });
    if (typeof write.value !== "object") break;
  }
  const [winner] = shown;
  if (winner === undefined) return undefined;
  if (typeof winner.value !== "object") {
    return { value: expand(items, env, name[0] ?? "", winner.value), newest: winner };
  }

  const merged: Record<string, number> = {};
  let newest: Stored = winner;
  for (const layer of shown) {
    if (typeof layer.value !== "object") break;
    const given = Object.entries(layer.value).filter(([leaf]) => !(leaf in merged));
    for (const [leaf, number] of given) merged[leaf] = number;
    if (given.length > 0 && layer.revision > newest.revision) newest = layer;
  }
  return { value: merged, newest };
}

const REFERENCE = /\$\{ref:(?:\/\/([a-z-]+)\/)?([^:}]+):-([^}]*)\}/;

/** `${ref:key:-text}` and `${ref://service/key:-text}` within text; each has a fallback. One that is all of the text is what it leads to. */
function expand(
  items: ReadonlyMap<string, Stored>,
  env: string,
  service: string,
  value: string | number,
): Value {
  if (typeof value === "number") return value;
  const follow = (other: string | undefined, key: string, fallback: string) =>
    resolve(items, `${env}/${other ?? service}/${key}`)?.value ?? fallback;
  const [whole, ...parts] = REFERENCE.exec(value) ?? [];
  if (whole === value) return follow(parts[0], parts[1] ?? "", parts[2] ?? "");
  return value.replaceAll(new RegExp(REFERENCE, "g"), (_, other, key, fallback) => {
    const found = follow(other, key, fallback);
    return typeof found === "string" ? found : canonical(found);
  });
}

function canonical(value: Value): string {
  if (typeof value !== "object") return JSON.stringify(value);
  return JSON.stringify(
    Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
}

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
