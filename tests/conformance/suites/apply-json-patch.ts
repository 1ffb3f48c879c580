import { isDeepStrictEqual } from "node:util";
import type { Json } from "@llmcfg/config";

/** An operation as it is given: it may be none. */
export interface PatchOperation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: Json;
}

/**
 * What RFC 6902 makes of a document; it stays as it is. Written from the RFC alone, to judge by.
 *
 * @throws {Error} where an operation is malformed, or does not apply
 */
export function applyJsonPatch(document: Json, patch: readonly PatchOperation[]): Json {
  const holder = { root: structuredClone(document) };
  for (const operation of patch) applyOne(holder, operation);
  return holder.root;
}

interface Holder {
  root: Json;
}

function applyOne(holder: Holder, { op, path, from, value }: PatchOperation): void {
  const target = stepsOf(path);
  switch (op) {
    case "add":
      return add(holder, target, required(value));
    case "remove":
      return void remove(holder, target);
    case "replace":
      remove(holder, target);
      return add(holder, target, required(value));
    case "move": {
      const source = stepsOf(from);
      if (target.length > source.length && source.every((step, i) => step === target[i])) {
        throw new Error("a value cannot be moved into itself");
      }
      return add(holder, target, remove(holder, source));
    }
    case "copy":
      return add(holder, target, structuredClone(find(holder, stepsOf(from))));
    case "test":
      if (isDeepStrictEqual(find(holder, target), required(value))) return;
      throw new Error("the test fails");
    default:
      throw new Error("there is no such operation");
  }
}

/** RFC 6901, section 4. */
function stepsOf(pointer: unknown): readonly string[] {
  if (pointer === "") return [];
  if (typeof pointer !== "string" || !pointer.startsWith("/")) throw new Error("it is no pointer");
  const steps = pointer.slice(1).split("/");
  return steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function required(value: Json | undefined): Json {
  if (value === undefined) throw new Error("the operation has no value");
  return value;
}

function find({ root }: Holder, steps: readonly string[]): Json {
  return steps.reduce<Json>((at, step) => {
    const found = Array.isArray(at) ? at[indexOf(step, at.length - 1)] : membersOf(at)[step];
    if (found === undefined || !isOwn(at, step)) throw new Error("there is no such place");
    return found;
  }, root);
}

function add(holder: Holder, steps: readonly string[], value: Json): void {
  const last = steps.at(-1);
  if (last === undefined) holder.root = value;
  else {
    const around = find(holder, steps.slice(0, -1));
    if (Array.isArray(around)) {
      const items = around as Json[]; // of a clone
      items.splice(last === "-" ? items.length : indexOf(last, items.length), 0, value);
    } else membersOf(around)[last] = value;
  }
}

function remove(holder: Holder, steps: readonly string[]): Json {
  const removed = find(holder, steps);
  const last = steps.at(-1);
  if (last === undefined) {
    holder.root = null;
    return removed;
  }
  const around = find(holder, steps.slice(0, -1));
  if (Array.isArray(around))
    (around as Json[]).splice(Number(last), 1); // of a clone
  else delete membersOf(around)[last];
  return removed;
}

function indexOf(step: string, most: number): number {
  if (/^(?:0|[1-9][0-9]*)$/.test(step) && Number(step) <= most) return Number(step);
  throw new Error("there is no such index");
}

function membersOf(value: Json): Record<string, Json> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, Json>; // of a clone
  }
  throw new Error("it has no members");
}

function isOwn(value: Json, step: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, step);
}
