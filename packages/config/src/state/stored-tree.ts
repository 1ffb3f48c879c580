/**
 * Layers as they lie on disk: trees with their positions, operators included.
 *
 * @module
 */

import { isReservedName } from "@llmcfg/core";
import { z } from "zod";
import type { ListStep, Tree } from "../merge/tree.ts";
import type { Position } from "../sources/located.ts";
import { literalSecret } from "../values/secret-handle.ts";

const count = z.int().nonnegative();
const name = z.string().refine((text) => !isReservedName(text), "it is a name that is not allowed");

const position = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("default"), derivedFrom: z.string().optional() }),
  z.strictObject({
    kind: z.literal("file"),
    file: z.string(),
    line: count,
    column: count,
    realPath: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal("env"),
    variable: z.string(),
    file: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal("remote"),
    url: z.string(),
    key: z.string().optional(),
    revision: z.string().optional(),
    layer: z.string().optional(),
    author: z.string().optional(),
    at: z.string().optional(),
    line: count.optional(),
    column: count.optional(),
  }),
  z.strictObject({
    kind: z.literal("override"),
    actor: z.string().optional(),
    at: z.string(),
  }),
]);

const ignores = z.enum(["layers", "all"]).optional();

/** A tree without the id of its layer, which is the same for all of it. */
export type StoredTree =
  | {
      readonly type: "object";
      readonly entries: readonly (readonly [string, StoredTree])[];
      readonly at: Position;
      readonly ignores?: Tree["ignores"];
    }
  | {
      readonly type: "array";
      readonly items: readonly StoredTree[];
      readonly at: Position;
      readonly ignores?: Tree["ignores"];
    }
  | {
      readonly type: "scalar";
      readonly value: string | number | boolean | null;
      readonly at: Position;
      readonly ignores?: Tree["ignores"];
      readonly lexeme?: string | undefined;
      /** The text of a literal secret; in sealed files alone. */
      readonly secret?: string | undefined;
    }
  | { readonly type: "unset"; readonly at: Position; readonly ignores?: Tree["ignores"] }
  | {
      readonly type: "patch";
      readonly steps: readonly StoredStep[];
      readonly at: Position;
      readonly ignores?: Tree["ignores"];
    };

export interface StoredStep {
  readonly at: Position;
  readonly unset: readonly { readonly item: string | number; readonly at: Position }[];
  readonly merge: readonly (readonly [string, StoredTree])[];
  readonly mergeAt?: readonly (readonly [number, StoredTree])[] | undefined;
  readonly prepend: readonly StoredTree[];
  readonly append: readonly StoredTree[];
}

const tree: z.ZodType<StoredTree> = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("object"),
      entries: z.array(z.tuple([name, tree])),
      at: position,
      ignores,
    }),
    z.strictObject({ type: z.literal("array"), items: z.array(tree), at: position, ignores }),
    z.strictObject({
      type: z.literal("scalar"),
      value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
      at: position,
      ignores,
      lexeme: z.string().optional(),
      secret: z.string().optional(),
    }),
    z.strictObject({ type: z.literal("unset"), at: position, ignores }),
    z.strictObject({ type: z.literal("patch"), steps: z.array(step), at: position, ignores }),
  ]),
) as z.ZodType<StoredTree>; // optional members may be undefined in both

const step = z.lazy(() =>
  z.strictObject({
    at: position,
    unset: z.array(z.strictObject({ item: z.union([z.string(), count]), at: position })),
    merge: z.array(z.tuple([name, tree])),
    mergeAt: z.array(z.tuple([count, tree])).optional(),
    prepend: z.array(tree),
    append: z.array(tree),
  }),
) as z.ZodType<StoredStep>; // as above

/** What a layer on disk looks like. */
export const storedTree: z.ZodType<StoredTree> = tree;

/** The tree as a layer of this source. */
export function fromStored(stored: StoredTree, source: string): Tree {
  const { at, ignores: ignored } = stored;
  const about = { at, source, ...(ignored === undefined ? {} : { ignores: ignored }) };
  switch (stored.type) {
    case "object": {
      const entries = stored.entries.map(
        ([key, value]) => [key, fromStored(value, source)] as const,
      );
      return { type: "object", entries: new Map(entries), ...about };
    }
    case "array":
      return { type: "array", items: treesOf(stored.items, source), ...about };
    case "scalar": {
      const { value, lexeme, secret } = stored;
      const handle = secret === undefined ? undefined : literalSecret(secret);
      return { type: "scalar", value, lexeme, secret: handle, ...about };
    }
    case "unset":
      return { type: "unset", ...about };
    case "patch":
      return { type: "patch", steps: stored.steps.map((one) => stepOf(one, source)), ...about };
  }
}

function stepOf(stored: StoredStep, source: string): ListStep {
  const { at, unset, merge, mergeAt, prepend, append } = stored;
  const patches = merge.map(([key, value]) => [key, fromStored(value, source)] as const);
  const places = mergeAt?.map(([index, value]) => [index, fromStored(value, source)] as const);
  return {
    source,
    at,
    unset,
    merge: new Map(patches),
    mergeAt: places === undefined ? undefined : new Map(places),
    prepend: treesOf(prepend, source),
    append: treesOf(append, source),
  };
}

function treesOf(stored: readonly StoredTree[], source: string): readonly Tree[] {
  return stored.map((item) => fromStored(item, source));
}
