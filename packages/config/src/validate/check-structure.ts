import type * as z from "zod";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { narrow, stepInto, stepIntoMember } from "../merge/tree-context.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import { issueFaults, type UnknownKey, unknownKeysOf } from "./issue-faults.ts";

export type UnknownKeys = "error" | "warn" | "ignore";

export interface StructureOptions {
  readonly root: z.ZodObject;
  readonly unknownKeys: UnknownKeys;
}

/**
 * The typed configuration, if the tree fits the schema; every fault is reported otherwise. Keys that
 * the schema does not know are left out where the options forgive them.
 */
export function checkStructure(
  tree: ValueTree,
  context: TreeContext,
  { root, unknownKeys }: StructureOptions,
): unknown {
  const handles: PlacedHandle[] = [];
  const input = toInput(tree, context, { handles, steps: [] });
  const first = root.safeParse(input);
  const unknown = first.success ? [] : unknownKeysOf(first.error.issues);
  const isForgiven = unknown.length > 0 && unknownKeys !== "error";
  if (isForgiven) for (const key of unknown) dropKey(input, key);
  const result = isForgiven ? root.safeParse(input) : first;

  const severity = unknownKeys === "error" ? "error" : "warning";
  const shown = unknownKeys === "ignore" ? [] : unknown;
  const issues = result.success ? [] : result.error.issues;
  for (const fault of issueFaults({ issues, unknown: shown, severity, tree, context })) {
    context.report(fault);
  }
  if (!result.success) return undefined;
  for (const handle of handles) putHandle(result.data, handle);
  return result.data;
}

/** A handle inside a free JSON value: the schema sees its reference, the configuration has it. */
interface PlacedHandle {
  readonly steps: readonly (string | number)[];
  readonly handle: SecretRef;
}

interface Conversion {
  readonly handles: PlacedHandle[];
  readonly steps: readonly (string | number)[];
}

function toInput(tree: ValueTree, context: TreeContext, { handles, steps }: Conversion): unknown {
  if (tree.type === "scalar") {
    if (tree.secret === undefined) return tree.value;
    if (!context.nodes.some(({ kind }) => kind === "json")) return tree.secret;
    handles.push({ steps, handle: tree.secret });
    return tree.secret.reference;
  }
  const narrowed = narrow(context, tree);
  if (tree.type === "array") {
    return tree.items.map((item, index) => {
      const child = stepInto(narrowed, { type: "index", index });
      return toInput(item, child, { handles, steps: [...steps, index] });
    });
  }
  const members = [...tree.entries].map(([name, value]) => {
    const child = stepIntoMember(narrowed, name);
    return [name, toInput(value, child, { handles, steps: [...steps, name] })] as const;
  });
  return Object.fromEntries(members);
}

function putHandle(config: unknown, { steps, handle }: PlacedHandle): void {
  const holder = steps.slice(0, -1).reduce(memberOf, config);
  const last = steps.at(-1);
  if (last !== undefined) Object.assign(holder as object, { [last]: handle }); // it held the reference
}

function dropKey(input: unknown, { steps, key }: UnknownKey): void {
  const holder = steps.reduce(memberOf, input);
  Reflect.deleteProperty(holder as object, key); // it held the key
}

function memberOf(holder: unknown, step: PropertyKey): unknown {
  return (holder as Record<PropertyKey, unknown>)[step]; // steps lead through objects and arrays
}
