/**
 * The shapes of `/v1` that have to do with configuration, as zod: bodies that come in, answers that
 * go out. Shape alone: grammar and rules are the use cases' business.
 *
 * @module
 */

import type { Effect, Json, JsonObject } from "@llmcfg/core";
import type {
  BatchBody,
  BatchResult,
  Bundle,
  BundleMeta,
  Diff,
  EffectiveEntry,
  Entry,
  EnvironmentBody,
  EnvironmentGraphBody,
  HistoryItem,
  LayerEntry,
  LayerVersion,
  ListPage,
  RollbackBody,
  ServiceBody,
  TreePage,
  WireFinding,
  WriteBody,
  WriteResult,
} from "@llmcfg/protocol";
import { z } from "zod";

/** Whatever the strict parser gave is JSON, and so is whatever the use cases answer. */
export const JsonValue: z.ZodType<Json, Json> = z.unknown().nonoptional() as unknown as z.ZodType<
  Json,
  Json
>;
export const JsonMembers: z.ZodType<JsonObject, JsonObject> = z.record(
  z.string(),
  z.unknown(),
) as unknown as z.ZodType<JsonObject, JsonObject>;

const ItemType = z.enum(["string", "number", "boolean", "object", "array", "document", "binary"]);
const MergeMode = z.enum(["merge", "replace"]);
const Via = z.enum(["cli", "ui", "api", "grpc", "apply", "import", "agent", "system"]);
const Text = z.string();
const Maybe = z.string().nullable();
const Count = z.int();

export const WriteBodySchema: z.ZodType<WriteBody> = z.strictObject({
  value: JsonValue,
  type: ItemType.exactOptional(),
  contentType: Text.exactOptional(),
  sensitive: z.boolean().exactOptional(),
  description: Maybe.exactOptional(),
  owner: Maybe.exactOptional(),
  tags: z.array(Text).exactOptional(),
  mergeMode: MergeMode.exactOptional(),
  environmentSpecific: z.boolean().exactOptional(),
  message: Maybe.exactOptional(),
});

const OnItem = {
  path: Text,
  ifMatch: Text.exactOptional(),
  ifVersion: z.int().min(0).exactOptional(),
};

const Put = z.strictObject({
  op: z.literal("put"),
  ...OnItem,
  value: JsonValue,
  type: ItemType.exactOptional(),
  sensitive: z.boolean().exactOptional(),
});
const Remove = z.strictObject({ op: z.enum(["delete", "mask"]), ...OnItem });
const Move = z.strictObject({ op: z.literal("move"), ...OnItem, to: Text });

export const BatchBodySchema: z.ZodType<BatchBody> = z.strictObject({
  operations: z.array(z.discriminatedUnion("op", [Put, Remove, Move])).min(1),
  message: Maybe.exactOptional(),
});

const At = z.int().min(1);

export const RollbackBodySchema: z.ZodType<RollbackBody> = z.strictObject({
  env: Text,
  service: Text,
  key: Text.exactOptional(),
  prefix: Text.exactOptional(),
  toVersion: At.exactOptional(),
  toRevision: At.exactOptional(),
  message: Maybe.exactOptional(),
});

const LayerEntrySchema: z.ZodType<LayerEntry> = z.object({
  layer: Text,
  kind: z.enum(["default", "environment"]),
  state: z.enum(["absent", "shadowed", "partial", "winner", "mask"]),
  hidden: z.literal(true).exactOptional(),
  value: JsonValue.exactOptional(),
  redacted: z.boolean().exactOptional(),
  fingerprint: Maybe.exactOptional(),
  version: Count.exactOptional(),
  revision: Count.exactOptional(),
  updatedAt: Text.exactOptional(),
  updatedBy: Text.exactOptional(),
  message: Maybe.exactOptional(),
  managedBy: Maybe.exactOptional(),
  via: Via.exactOptional(),
});

export const EntrySchema: z.ZodType<Entry> = z.object({
  path: Text,
  env: Text,
  service: Text,
  key: Text,
  value: JsonValue,
  type: ItemType,
  contentType: Maybe,
  sensitive: z.boolean(),
  redacted: z.boolean(),
  fingerprint: Maybe,
  hash: Text,
  version: Count,
  revision: Count,
  origin: z.object({
    layer: Text,
    inherited: z.boolean(),
    merged: z.boolean(),
    managedBy: Maybe,
    via: Via,
  }),
  updatedAt: Text,
  updatedBy: Text,
  message: Maybe,
  description: Maybe,
  owner: Maybe,
  tags: z.array(Text).readonly(),
  environmentSpecific: z.boolean(),
  restartRequired: z.boolean(),
  layers: z.array(LayerEntrySchema).readonly().exactOptional(),
});

const Folders = z.array(z.object({ name: Text, keys: Count })).readonly();

/** Of a tree with its prefix and folders, else the items alone. */
export const ListSchema: z.ZodType<ListPage<Entry> | TreePage> = z.union([
  z.object({
    prefix: Text,
    folders: Folders,
    items: z.array(EntrySchema).readonly(),
    nextCursor: Maybe,
  }),
  z.object({ items: z.array(EntrySchema).readonly(), nextCursor: Maybe }),
]);

export const EffectiveSchema: z.ZodType<EffectiveEntry> = z.object({
  path: Text,
  value: JsonValue,
  type: ItemType,
  sensitive: z.boolean(),
  redacted: z.boolean(),
  fingerprint: Maybe,
  version: Count,
  revision: Count,
  winner: Text,
  layers: z.array(LayerEntrySchema).readonly(),
  leaves: z
    .array(
      z.object({
        pointer: Text,
        layer: Text,
        version: Count,
        shadowed: z.array(Text).readonly(),
      }),
    )
    .readonly(),
  references: z
    .array(
      z.object({
        expression: Text,
        path: Text,
        version: Count.nullable(),
        sensitive: z.boolean(),
        found: z.boolean(),
      }),
    )
    .readonly(),
  schema: z.null(),
  lock: z.null(),
  toChange: Text,
});

const HistoryItemSchema: z.ZodType<HistoryItem> = z.object({
  version: Count,
  revision: Count,
  layer: Text,
  op: z.enum(["put", "delete", "mask", "rollback", "rotate", "import"]),
  value: JsonValue,
  type: ItemType,
  redacted: z.boolean(),
  fingerprint: Maybe,
  at: Text,
  actor: Text,
  via: Via,
  message: Maybe,
  restoredFrom: Count.nullable(),
  destroyed: z.boolean(),
});

export const HistorySchema: z.ZodType<ListPage<HistoryItem>> = pageOf(HistoryItemSchema);

const SideSchema = z.object({ ref: Text, revision: Count });

export const DiffSchema: z.ZodType<Diff> = z.object({
  from: SideSchema,
  to: SideSchema,
  summary: z.object({ added: Count, changed: Count, removed: Count }),
  changes: z
    .array(
      z.object({
        key: Text,
        op: z.enum(["add", "change", "remove"]),
        pointer: Text,
        from: JsonValue,
        to: JsonValue,
        sensitive: z.boolean(),
        fromFp: Maybe,
        toFp: Maybe,
        restartRequired: z.boolean(),
      }),
    )
    .readonly(),
});

const MetaSchema: z.ZodType<BundleMeta> = z.object({
  version: Count,
  revision: Count,
  layer: Text,
  type: ItemType,
  hash: Text,
  sensitive: z.boolean(),
  restartRequired: z.boolean(),
  updatedAt: Text,
  updatedBy: Text,
});

export const BundleSchema: z.ZodType<Bundle> = z.object({
  env: Text,
  service: Text,
  revision: Count,
  hash: Text,
  values: JsonMembers,
  redacted: z.array(Text).readonly(),
  meta: z.record(z.string(), MetaSchema).exactOptional(),
});

const EffectSchema: z.ZodType<Effect> = z.object({
  env: Text,
  service: Text,
  key: Text,
  via: Text,
  inherited: z.boolean(),
  protected: z.boolean(),
  change: z.enum(["create", "update", "delete"]),
  restartRequired: z.boolean(),
});

export const FindingSchema: z.ZodType<WireFinding> = z.object({
  pointer: Text,
  code: Text,
  detail: Text,
  expected: Maybe,
  suggestion: Maybe,
  file: Maybe,
  line: Count.nullable(),
  column: Count.nullable(),
});

const LayerVersionSchema: z.ZodType<LayerVersion> = z.object({ layer: Text, version: Count });

export const WriteResultSchema: z.ZodType<WriteResult> = z.object({
  path: Text,
  version: Count,
  revision: Count,
  previous: LayerVersionSchema.nullable(),
  created: z.boolean(),
  unchanged: z.boolean(),
  deleted: z.boolean(),
  masked: z.boolean(),
  nowInherits: LayerVersionSchema.nullable(),
  sensitive: z.boolean(),
  etag: Maybe,
  effects: z.array(EffectSchema).readonly(),
  effectsHidden: Count,
  warnings: z.array(FindingSchema).readonly(),
});

export const BatchResultSchema: z.ZodType<BatchResult> = z.object({
  revision: Count,
  results: z.array(WriteResultSchema).readonly(),
  warnings: z.array(FindingSchema).readonly(),
});

export const EnvironmentSchema: z.ZodType<EnvironmentBody> = z.object({
  name: Text,
  aliases: z.array(Text).readonly(),
  inherits: Maybe,
  protected: z.boolean(),
  description: Maybe,
});

export const EnvironmentsSchema: z.ZodType<ListPage<EnvironmentBody>> = pageOf(EnvironmentSchema);

export const EnvironmentGraphSchema: z.ZodType<EnvironmentGraphBody> = z.object({
  environments: z.array(EnvironmentSchema).readonly(),
  edges: z.array(z.object({ from: Text, to: Text })).readonly(),
});

export const ServicesSchema: z.ZodType<ListPage<ServiceBody>> = pageOf(
  z.object({ name: Text, environments: z.array(Text).readonly() }),
);

/** The page of a list. */
export function pageOf<T>(item: z.ZodType<T>): z.ZodType<ListPage<T>> {
  return z.object({ items: z.array(item).readonly(), nextCursor: Maybe });
}
