/**
 * Parses that need not be done again.
 *
 * @module
 */

import * as z from "zod";
import { isStep } from "../load/slices.ts";
import type { SchemaNode } from "./node.ts";
import { defOf } from "./zod-def.ts";

/**
 * What objects were parsed into, by the object itself: one that is met again, the very object, is
 * taken as parsed. Holds nothing that nobody else does.
 */
export class ParseMemory {
  /** Whether there is only one parse: zod then compiles nothing, which takes longer than one parse. */
  readonly isOnce: boolean;
  readonly #outputs = new WeakMap<object, WeakMap<object, unknown>>();

  constructor({ isOnce = false }: { readonly isOnce?: boolean } = {}) {
    this.isOnce = isOnce;
  }

  /** By input, of one type. */
  outputsOf(type: object): WeakMap<object, unknown> {
    const known = this.#outputs.get(type);
    if (known !== undefined) return known;
    const outputs = new WeakMap<object, unknown>();
    this.#outputs.set(type, outputs);
    return outputs;
  }
}

/** The options of a parse that uses a memory: types made by {@link remembering} find it there. */
export function parseWith(memory: ParseMemory): z.core.ParseContext<z.core.$ZodIssue> {
  const context: RememberingContext = { memory, jitless: memory.isOnce };
  return context;
}

interface RememberingContext extends z.core.ParseContextInternal<z.core.$ZodIssue> {
  readonly memory?: ParseMemory;
}

/**
 * Lets the type itself not parse again what the memory of a parse knows; in other parses it is as it
 * was. What it makes of an input MUST depend on nothing else; inputs that are known MUST not change.
 */
export function remembering<S extends z.ZodType>(type: S): S {
  REMEMBERING.add(type);
  const { _zod: internals } = type;
  const run = internals.run.bind(internals);
  internals.run = (payload, context: RememberingContext) => {
    const input: unknown = payload.value;
    const isPlain = context.direction !== "backward" && context.skipChecks !== true;
    if (context.memory === undefined || !isPlain || typeof input !== "object" || input === null) {
      return run(payload, context);
    }
    const outputs = context.memory.outputsOf(type);
    const known = outputs.get(input);
    if (known !== undefined) return { ...payload, value: known };
    const result = run(payload, context);
    if (!(result instanceof Promise) && result.issues.length === 0) {
      outputs.set(input, result.value);
    }
    return result;
  };
  return type;
}

/** Weak: the types made so. */
const REMEMBERING = new WeakSet<z.core.$ZodType>();

/**
 * Parses the items of lists one by one, as far as their type remembers: the parse of the whole, which
 * makes no step, then knows them. What is wrong with an item is for that to say. In steps.
 */
export function* parseItems(
  input: unknown,
  node: SchemaNode,
  memory: ParseMemory,
): Generator<void, void> {
  if (typeof input !== "object" || input === null) return;
  if (node.type === "list" && Array.isArray(input)) {
    const def = defOf(node.core);
    if (def.type !== "array" || !REMEMBERING.has(def.element)) return;
    const context = parseWith(memory);
    for (const [index, item] of input.entries()) {
      if (isStep(index)) yield;
      z.core.safeParse(def.element, item, context);
    }
  }
  if (node.type !== "object") return;
  for (const [name, member] of node.members) {
    if (Object.hasOwn(input, name)) {
      yield* parseItems((input as Readonly<Record<string, unknown>>)[name], member, memory); // it has it
    }
  }
}
