import type {
  ChangedEvent,
  HeartbeatEvent,
  ResetEvent,
  WatchChange,
  WatchEvent,
} from "@llmcfg/protocol";
import { z } from "zod";
import { JsonValue } from "./schemas.ts";

const Change: z.ZodType<WatchChange> = z.object({
  op: z.enum(["put", "delete"]),
  path: z.string(),
  env: z.string(),
  service: z.string(),
  key: z.string(),
  version: z.int(),
  layer: z.string(),
  hash: z.string().nullable(),
  sensitive: z.boolean(),
  restartRequired: z.boolean(),
  value: JsonValue.exactOptional(),
});

const Heartbeat: z.ZodType<HeartbeatEvent> = z.object({
  type: z.literal("heartbeat"),
  revision: z.int(),
  hash: z.string(),
});

const Reset: z.ZodType<ResetEvent> = z.object({
  type: z.literal("reset"),
  reason: z.enum([
    "compacted",
    "bad_cursor",
    "slow_consumer",
    "large_revision",
    "draining",
    "future",
    "scope_changed",
    "hash_mismatch",
    "unauthenticated",
  ]),
  revision: z.int(),
  retryAfterMs: z.int(),
});

/** What the `data:` of an event holds, by its `type`. */
export const WATCH_EVENTS: { readonly [T in WatchEvent["type"]]: z.ZodType } = {
  "config.changed": changed("config.changed"),
  "config.deleted": changed("config.deleted"),
  heartbeat: Heartbeat,
  reset: Reset,
};

function changed(type: ChangedEvent["type"]): z.ZodType<ChangedEvent> {
  return z.object({
    type: z.literal(type),
    revision: z.int(),
    at: z.string(),
    actor: z.string(),
    message: z.string().nullable(),
    changes: z.array(Change).readonly(),
  });
}
