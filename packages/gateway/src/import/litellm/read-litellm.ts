import type { Located, LocatedObject, PathSegment } from "@llmcfg/config";
import type { ImportInput } from "../foreign.ts";
import { LeafLedger } from "../leaf-ledger.ts";
import { itemsOf, textOf } from "../read-node.ts";
import { type ReadYaml, readPyYaml, UnreadableYaml } from "./read-py-yaml.ts";

/** The configuration as the proxy sees it, with everything in its files accounted for. */
export interface ReadLitellm {
  readonly root: LocatedObject;
  readonly ledger: LeafLedger;
}

/**
 * Reads the entry file and what it includes, as the proxy does: lists of an included file extend
 * those of the entry, every other key takes the place of the entry's. Includes are not nested.
 *
 * What the proxy would not read is refused in the ledger, and the root is then empty.
 */
export async function readLitellm(input: ImportInput): Promise<ReadLitellm> {
  const ledger = new LeafLedger();
  try {
    const files = await readFiles(input);
    const merged = mergeFiles(files.map(({ root }) => root));
    if (merged.root.entries.size > 0) ledger.enter(merged.root);
    for (const file of files) accountRepeated(file, ledger);
    for (const { name, value } of merged.replaced) {
      ledger.enter(value, [{ type: "member", name }]);
      ledger.settle(value, {
        disposition: "approximated",
        note: "an included file takes its place",
      });
    }
    settleIncludes(merged.includes, ledger);
    for (const { remarks } of files) {
      for (const [node, remark] of remarks) ledger.remark(node, remark);
    }
    return { root: merged.root, ledger };
  } catch (error) {
    if (!(error instanceof UnreadableYaml)) throw error;
    const fresh = new LeafLedger();
    fresh.refuse({ position: error.at, note: error.message });
    return { root: { type: "object", entries: new Map(), at: error.at }, ledger: fresh };
  }
}

interface ReadFile extends ReadYaml {
  readonly root: LocatedObject;
}

async function readFiles({ entry, read }: ImportInput): Promise<readonly ReadFile[]> {
  const first = readFile(await read(entry), entry);
  const files = [first];
  for (const node of itemsOf(first.root.entries.get("include"))) {
    const name = textOf(node);
    if (name === undefined) continue;
    const path = pathBeside(entry, name);
    files.push(readFile(await readIncluded(read, path, node), path));
  }
  return files;
}

async function readIncluded(
  read: ImportInput["read"],
  path: string,
  node: Located,
): Promise<string> {
  try {
    return await read(path);
  } catch {
    throw new UnreadableYaml(
      `the included file ${path} cannot be read, and LiteLLM does not start without it`,
      node.at,
    );
  }
}

function readFile(text: string, file: string): ReadFile {
  const read = readPyYaml(text, file);
  const { root } = read;
  if (root.type === "object") return { ...read, root };
  if (root.type === "scalar" && root.value === null) {
    return { ...read, root: { type: "object", entries: new Map(), at: root.at } };
  }
  throw new UnreadableYaml("a LiteLLM configuration is a mapping of sections", root.at);
}

function pathBeside(entry: string, name: string): string {
  const directory = entry.slice(0, entry.lastIndexOf("/") + 1);
  return name.startsWith("/") ? name : directory + name.replace(/^(\.\/)+/, "");
}

interface Merged {
  readonly root: LocatedObject;
  readonly replaced: readonly { readonly name: string; readonly value: Located }[];
  readonly includes: readonly Located[];
}

function mergeFiles(roots: readonly LocatedObject[]): Merged {
  const entries = new Map<string, Located>();
  const replaced: { readonly name: string; readonly value: Located }[] = [];
  for (const root of roots) {
    for (const [name, value] of root.entries) {
      const before = entries.get(name);
      if (before?.type === "array" && value.type === "array") {
        entries.set(name, { ...before, items: [...before.items, ...value.items] });
      } else {
        if (before !== undefined) replaced.push({ name, value: before });
        entries.set(name, value);
      }
    }
  }
  const include = entries.get("include");
  const at = roots[0]?.at ?? { kind: "default" };
  return {
    root: { type: "object", entries, at },
    replaced,
    includes: include === undefined ? [] : [include],
  };
}

/** What stands in a file without being in the configuration. */
function accountRepeated({ repeated }: ReadYaml, ledger: LeafLedger): void {
  for (const one of repeated.toReversed()) {
    // the outermost first, so that the place of those in it is known
    const path: readonly PathSegment[] = [{ type: "member", name: one.name }];
    ledger.enterBeside(one.in, one.value, path);
    const note = "the key is repeated: the last one wins";
    ledger.settle(one.value, { disposition: "approximated", note });
  }
}

function settleIncludes(includes: readonly Located[], ledger: LeafLedger): void {
  for (const include of includes) {
    const note = "the file was read, and is part of the result";
    if (include.type === "array") ledger.settle(include, { disposition: "mapped", note });
  }
}
