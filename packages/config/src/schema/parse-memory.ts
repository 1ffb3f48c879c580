/**
 * Parses that need not be done again.
 *
 * @module
 */

import type * as z from "zod";

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
