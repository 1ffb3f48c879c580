/**
 * A state as the application reads it.
 *
 * @module
 */

import { isJsonObject, type Json } from "@llmcfg/core";
import type { BundleState } from "../bundle/bundle-state.ts";
import type { SecretHandle } from "../secrets/secret-handle.ts";

/** Frozen, to the last leaf. In the place of a sensitive value stands a handle. */
export type ConfigValue =
  | Json
  | SecretHandle
  | { readonly [name: string]: ConfigValue }
  | readonly ConfigValue[];

/** Turns a value into what the application works with, or throws; zod's schemas fit. */
export interface ValueSchema<T> {
  parse(value: unknown): T;
}

/** One whole state. Never changes. */
export interface ConfigView {
  /** The newest revision that changed anything in it. */
  readonly revision: number;
  readonly hash: string;

  /**
   * The value of a key, or the object of all keys below a folder; of `""` that of all. `undefined`,
   * or the fallback, where there is neither: a value of `""`, `0`, `false` or `null` is a value.
   *
   * @throws what `schema` throws for a value that is there
   */
  get(path: string): ConfigValue | undefined;
  get<T, F = undefined>(path: string, schema: ValueSchema<T>, fallback?: F): T | F;
  get<F>(path: string, schema: undefined, fallback: F): ConfigValue | F;
}

export class StateView implements ConfigView {
  readonly revision: number;
  readonly hash: string;
  readonly #values: ReadonlyMap<string, ConfigValue>;
  readonly #folders = new Map<string, ConfigValue | undefined>();
  /** By schema, then by path: a state does not change, so neither does what is made of it. */
  readonly #parsed = new WeakMap<ValueSchema<unknown>, Map<string, unknown>>();

  /** @param handleOf a handle for each key whose value is redacted */
  constructor({ bundle }: Pick<BundleState, "bundle">, handleOf: (key: string) => SecretHandle) {
    this.revision = bundle.revision;
    this.hash = bundle.hash;
    const plain = Object.entries(bundle.values).map(
      ([key, value]) => [key, frozen(value)] as const,
    );
    const secret = bundle.redacted.map((key) => [key, handleOf(key)] as const);
    this.#values = new Map<string, ConfigValue>([...plain, ...secret]);
  }

  get(path: string): ConfigValue | undefined;
  get<T, F = undefined>(path: string, schema: ValueSchema<T>, fallback?: F): T | F;
  get<F>(path: string, schema: undefined, fallback: F): ConfigValue | F;
  get(path: string, schema?: ValueSchema<unknown>, fallback?: unknown): unknown {
    const value = this.#valueAt(path);
    if (value === undefined) return fallback;
    return schema === undefined ? value : this.#parse(path, value, schema);
  }

  #valueAt(path: string): ConfigValue | undefined {
    const value = this.#values.get(path);
    if (value !== undefined) return value;
    if (!this.#folders.has(path)) this.#folders.set(path, this.#folderAt(path));
    return this.#folders.get(path);
  }

  #folderAt(path: string): ConfigValue | undefined {
    const prefix = path === "" ? "" : `${path}/`;
    const inside = [...this.#values].filter(([key]) => key.startsWith(prefix));
    if (inside.length === 0 && path !== "") return undefined;
    return nested(inside.map(([key, value]) => [key.slice(prefix.length).split("/"), value]));
  }

  #parse(path: string, value: ConfigValue, schema: ValueSchema<unknown>): unknown {
    const parsed = this.#parsed.get(schema) ?? new Map<string, unknown>();
    this.#parsed.set(schema, parsed);
    if (!parsed.has(path)) parsed.set(path, frozen(schema.parse(value)));
    return parsed.get(path);
  }
}

type Placed = readonly [segments: readonly string[], value: ConfigValue];

/** Objects by the segments of the keys; a key is never a folder too, the server sees to that. */
function nested(entries: readonly Placed[]): ConfigValue {
  const byFirst = Map.groupBy(entries, ([[first = ""]]) => first);
  const members = [...byFirst].map(([name, group]) => {
    const [only] = group;
    if (only !== undefined && only[0].length === 1) return [name, only[1]] as const;
    return [name, nested(group.map(([[, ...rest], value]) => [rest, value]))] as const;
  });
  return Object.freeze(Object.fromEntries(members)); // makes own members, whatever their names
}

/** The same value, frozen with all that is in it; what is not plain is left as it is. */
function frozen<T>(value: T): T {
  const isPlain = Array.isArray(value) || isPlainObject(value);
  if (!isPlain || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isJsonObject(value as Json)) return false; // any object that is no array
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
