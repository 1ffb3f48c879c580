import { DefaultDeserializer, DefaultSerializer } from "node:v8";
import { PackedNames } from "../formats/packed-names.ts";
import { isLazy, plainPosition, plainSpan } from "../formats/text-position.ts";
import type { LayerContent } from "../load/source-state.ts";
import { isSecretRef } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";

type Body = LayerContent["body"];

/** What a source delivered, as bytes: of its values nothing is a string any more. */
export interface PackedBody {
  readonly bytes: Uint8Array;
  /** How many groups of objects there are in them. */
  readonly groups: number;
  /** In the order of their numbers in the bytes: they keep their secrets by themselves. */
  readonly handles: readonly SecretRef[];
}

/** Objects that are written, or read, between two steps. */
const GROUP = 64;

/**
 * The body as bytes, in steps. O(size). Positions in texts become plain ones, so that nothing is kept
 * of a text.
 *
 * @returns nothing where it holds what is no plain value: a source of one's own may deliver that
 */
export function* packInSteps(body: Body): Generator<void, PackedBody | undefined, void> {
  const packing = new Packing();
  try {
    yield* packing.add(body);
    return packing.finish();
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

/** An equal body, made anew, in steps. */
export function* unpackInSteps({
  bytes,
  groups,
  handles,
}: PackedBody): Generator<void, Body, void> {
  const deserializer = new DefaultDeserializer(bytes);
  deserializer.readHeader();
  let last: unknown;
  for (let i = 0; i < groups; i++) {
    const group: unknown = deserializer.readValue();
    if (!Array.isArray(group)) throw new TypeError("a packed body is made of groups");
    if (handles.length > 0) for (const object of group) putBack(handles, object);
    last = group.at(-1);
    yield;
  }
  return last as Body; // the last object of what packInSteps wrote is the body itself
}

class NotPlain extends Error {}

/**
 * Writes copies of plain values, handles as their numbers, each object after what lies in it. What is
 * one object stays one: positions often are.
 */
class Packing {
  readonly #serializer = new DefaultSerializer();
  readonly #handles: SecretRef[] = [];
  readonly #copies = new Map<object, object>();
  #group: object[] = [];
  #groups = 0;

  constructor() {
    this.#serializer.writeHeader();
  }

  finish(): PackedBody {
    if (this.#group.length > 0) this.#write(); // the last object of all is the body
    const bytes = this.#serializer.releaseBuffer();
    return { bytes, groups: this.#groups, handles: this.#handles };
  }

  /** @returns the copy of the value, which is written by the end of the step or at {@link finish} */
  *add(value: unknown): Generator<void, unknown, void> {
    if (typeof value === "function" || typeof value === "symbol") throw new NotPlain();
    if (typeof value !== "object" || value === null) return value;
    const known = this.#copies.get(value);
    if (known !== undefined) return known;
    const copy = yield* this.#copyOf(value);
    this.#copies.set(value, copy);
    this.#group.push(copy);
    if (this.#group.length >= GROUP) {
      this.#write();
      yield;
    }
    return copy;
  }

  *#copyOf(value: object): Generator<void, object, void> {
    if (isSecretRef(value)) return toPlace(this.#handles.push(value) - 1);
    if (isLazy(value)) return plainPosition(value);
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      for (const item of value) items.push(yield* this.add(item));
      return items;
    }
    if (value instanceof Set) {
      const items = new Set<unknown>();
      for (const item of value) items.add(yield* this.add(item));
      return items;
    }
    if (value instanceof Map || value instanceof PackedNames) {
      const members = new Map<unknown, unknown>();
      for (const [name, member] of value) members.set(name, yield* this.add(member));
      return members;
    }
    return yield* this.#copyPlain(value);
  }

  *#copyPlain(value: object): Generator<void, object, void> {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) throw new NotPlain();
    const members: [string, unknown][] = [];
    for (const [name, member] of Object.entries(value)) {
      const isSpan = name === "span" && isLazy(member);
      members.push([name, yield* this.add(isSpan ? plainSpan(member) : member)]);
    }
    return Object.fromEntries(members);
  }

  #write(): void {
    this.#serializer.writeValue(this.#group);
    this.#group = [];
    this.#groups++;
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

/** The handle instead of its number, in the very object. */
function putBack(handles: readonly SecretRef[], object: unknown): void {
  const holder = object as { secret?: unknown }; // each object of a group is one
  if (Object.hasOwn(holder, "secret") && isPlace(holder.secret)) {
    holder.secret = handles[holder.secret[0]];
  }
}
