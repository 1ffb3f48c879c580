import { deserialize, serialize } from "node:v8";
import type { LayerContent } from "../load/source-state.ts";
import { isSecretRef } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";

type Body = LayerContent["body"];

/** What a source delivered, as bytes: of its values nothing is a string any more. */
export interface PackedBody {
  readonly bytes: Uint8Array;
  /** In the order of their numbers in the bytes: they keep their secrets by themselves. */
  readonly handles: readonly SecretRef[];
}

/**
 * The body as bytes. O(size), in this turn.
 *
 * @returns nothing where it holds what is no plain value: a source of one's own may deliver that
 */
export function packBody(body: Body): PackedBody | undefined {
  const packing = new Packing();
  try {
    return { bytes: serialize(packing.copyOf(body)), handles: packing.handles };
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

/** An equal body, made anew. */
export function unpackBody({ bytes, handles }: PackedBody): Body {
  const body: unknown = deserialize(bytes);
  if (handles.length > 0) putBack(handles, body, new Set());
  return body as Body; // packBody made it of one
}

class NotPlain extends Error {}

/** Copies plain values, handles as their numbers. What is one object stays one: positions often are. */
class Packing {
  readonly handles: SecretRef[] = [];
  readonly #copies = new Map<object, unknown>();

  copyOf(value: unknown): unknown {
    if (typeof value === "function" || typeof value === "symbol") throw new NotPlain();
    if (typeof value !== "object" || value === null) return value;
    const known = this.#copies.get(value);
    if (known !== undefined) return known;
    const copy = this.#copyObject(value);
    this.#copies.set(value, copy);
    return copy;
  }

  #copyObject(value: object): unknown {
    if (isSecretRef(value)) return toPlace(this.handles.push(value) - 1);
    if (Array.isArray(value)) return value.map((item) => this.copyOf(item));
    if (value instanceof Set) return new Set([...value].map((item) => this.copyOf(item)));
    if (value instanceof Map) {
      return new Map([...value].map(([name, member]) => [name, this.copyOf(member)] as const));
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) throw new NotPlain();
    const members = Object.entries(value);
    return Object.fromEntries(members.map(([name, member]) => [name, this.copyOf(member)]));
  }
}

/** Stands in the member `secret` of a scalar, where nothing else is a list. */
type HandlePlace = readonly [index: number];

function toPlace(index: number): HandlePlace {
  return [index];
}

function isPlace(value: unknown): value is HandlePlace {
  return Array.isArray(value) && value.length === 1 && typeof value[0] === "number";
}

/** Handles instead of their numbers, in the very objects. */
function putBack(handles: readonly SecretRef[], value: unknown, seen: Set<unknown>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Map) {
    for (const member of value.values()) putBack(handles, member, seen);
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    if (name === "secret" && isPlace(member)) {
      (value as { secret: unknown }).secret = handles[member[0]]; // it has that member
    } else putBack(handles, member, seen);
  }
}
