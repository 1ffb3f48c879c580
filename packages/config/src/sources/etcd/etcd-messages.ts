/**
 * Messages of etcd's JSON gateway: 64-bit numbers are texts, bytes are Base64, what is zero is left
 * out.
 *
 * @module
 */

import { z } from "zod";
import { mapInSlices } from "../remote/map-in-slices.ts";

const COUNT = z.string().regex(/^[0-9]+$/);
const BYTES = z.base64().transform((text) => Buffer.from(text, "base64"));

const RANGE_ANSWER = z.object({
  header: z.object({ revision: COUNT }),
  /** Each is looked at by itself: there may be very many. */
  kvs: z.array(z.unknown()).default([]),
});

const KEY_VALUE: z.ZodType<KeyValue> = z.object({
  key: BYTES,
  value: BYTES.default(Buffer.alloc(0)),
  mod_revision: COUNT,
});

export interface RangeAnswer {
  readonly header: { readonly revision: string };
  readonly kvs: readonly KeyValue[];
}

export interface KeyValue {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly mod_revision: string;
}

/**
 * What is stored in a range; other work goes on meanwhile.
 *
 * @throws {Error} as {@link readAnswer}
 */
export async function readRange(bytes: Uint8Array, origin: string): Promise<RangeAnswer> {
  const { header, kvs } = readAnswer(bytes, RANGE_ANSWER, origin);
  return { header, kvs: await mapInSlices(kvs, (kv) => requireShape(kv, KEY_VALUE, origin)) };
}

/** One message of a watch; the events themselves are not looked at. */
export const WATCH_MESSAGE: z.ZodType<WatchMessage> = z.object({
  result: z.object({
    canceled: z.boolean().default(false),
    /** Where the revision that was asked for is gone. */
    compact_revision: COUNT.optional(),
    events: z.array(z.unknown()).default([]),
  }),
});

export interface WatchMessage {
  readonly result: {
    readonly canceled: boolean;
    readonly compact_revision?: string | undefined;
    readonly events: readonly unknown[];
  };
}

/** @throws {Error} where it is not JSON, or not of the shape; the message quotes nothing */
export function readAnswer<T>(bytes: Uint8Array, shape: z.ZodType<T>, origin: string): T {
  return requireShape(jsonOf(bytes), shape, origin);
}

function requireShape<T>(value: unknown, shape: z.ZodType<T>, origin: string): T {
  const found = shape.safeParse(value);
  if (found.success) return found.data;
  throw new Error(`${origin} does not answer as etcd does`);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // no shape fits it
  }
}
