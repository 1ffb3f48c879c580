/**
 * Messages of etcd's JSON gateway: 64-bit numbers are texts, bytes are Base64, what is zero is left
 * out.
 *
 * @module
 */

import { z } from "zod";

const COUNT = z.string().regex(/^[0-9]+$/);
const BYTES = z.base64().transform((text) => Buffer.from(text, "base64"));

export const RANGE_ANSWER: z.ZodType<RangeAnswer> = z.object({
  header: z.object({ revision: COUNT }),
  kvs: z
    .array(z.object({ key: BYTES, value: BYTES.default(Buffer.alloc(0)), mod_revision: COUNT }))
    .default([]),
});

export interface RangeAnswer {
  readonly header: { readonly revision: string };
  readonly kvs: readonly {
    readonly key: Buffer;
    readonly value: Buffer;
    readonly mod_revision: string;
  }[];
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
  const found = shape.safeParse(jsonOf(bytes));
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
