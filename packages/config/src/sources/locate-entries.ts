import { isReservedName } from "@llmcfg/core";
import { isStep, runSteps, type Steps } from "../load/slices.ts";
import type { Finding } from "../validate/finding.ts";
import type { Located, LocatedObject, Position } from "./located.ts";

/** A key of a store with its value, the key taken apart. */
export interface KeyedText {
  readonly path: readonly string[];
  readonly text: string;
  readonly at: Position;
}

/** A tree, or why the keys make none. */
export type EntriesTree =
  | { readonly state: "ok"; readonly tree: LocatedObject }
  | { readonly state: "malformed"; readonly findings: readonly Finding[] };

interface Branch {
  readonly at: Position;
  readonly children: Map<string, Branch>;
  text?: string;
}

/** Keys between two steps. */
const KEYS_PER_STEP = 64;

/**
 * The tree that the keys below a prefix make, in steps: `server/port` is `server.port` (LOAD-16). What
 * a text means is decided by the schema. The order of keys does not matter.
 *
 * @param at of the prefix itself
 */
export function* locateInSteps(entries: readonly KeyedText[], at: Position): Steps<EntriesTree> {
  const root: Branch = { at, children: new Map() };
  const findings: Finding[] = [];
  for (const [i, entry] of entries.entries()) {
    const odd = entry.path.find((name) => name === "" || isReservedName(name));
    if (odd === undefined) plant(root, entry);
    else findings.push(fault(entry.at, "invalid_key", oddName(entry.path, odd)));
    if (i % KEYS_PER_STEP === 0) yield;
  }
  const tree = yield* toObject(root, [], findings);
  return findings.length === 0 ? { state: "ok", tree } : { state: "malformed", findings };
}

/** As {@link locateInSteps}, without a pause. */
export function locateEntries(entries: readonly KeyedText[], at: Position): EntriesTree {
  return runSteps(locateInSteps(entries, at));
}

function plant(root: Branch, { path, text, at }: KeyedText): void {
  let branch = root;
  for (const name of path) {
    const next = branch.children.get(name) ?? { at, children: new Map<string, Branch>() };
    branch.children.set(name, next);
    branch = next;
  }
  branch.text = text;
}

function* toObject(
  branch: Branch,
  path: readonly string[],
  findings: Finding[],
): Steps<LocatedObject> {
  const names = [...branch.children.keys()].toSorted();
  const entries = new Map<string, Located>();
  for (const name of names) {
    const child = branch.children.get(name);
    if (child !== undefined) entries.set(name, yield* toLocated(child, [...path, name], findings));
    if (isStep(entries.size)) yield;
  }
  return { type: "object", entries, at: branch.at, isRaw: true };
}

function* toLocated(branch: Branch, path: readonly string[], findings: Finding[]): Steps<Located> {
  const { text, at, children } = branch;
  if (text === undefined) return yield* toObject(branch, path, findings);
  if (children.size > 0) {
    const key = path.join("/");
    findings.push(fault(at, "key_conflict", `the key ${key} holds a value and keys below it`));
  }
  return { type: "scalar", value: text, at, isRaw: true };
}

function oddName(path: readonly string[], name: string): string {
  const key = JSON.stringify(path.join("/"));
  return name === "" ? `the key ${key} has an empty part` : `the key ${key} is not allowed`;
}

function fault(position: Position, code: string, message: string): Finding {
  const about = { kind: "schema_violation", severity: "error", path: "", pointer: "" } as const;
  return { ...about, code, message, position };
}
