import { type Duration, field, type SecretRef, type Text } from "@llmcfg/config";
import * as z from "zod";
import { described, drain, int, orNull } from "./fields.ts";

/** How Redis is reached. */
export interface RedisConfig {
  readonly url: SecretRef;
  readonly username: Text | null;
  /** Used where the URL has none. */
  readonly password: SecretRef | null;
  readonly pool_size: number;
  readonly connect_timeout: Duration;
  readonly key_prefix: string;
}

/** A Redis connection wherever one is given. */
export const redisConfig: z.ZodType<RedisConfig> = drain(
  z.strictObject({
    url: described(
      field.secret({ check: checkRedisUrl, isPublic: isPublicRedisUrl }),
      "URL of the server, `redis://` or `rediss://` for TLS; it is no secret unless it has user info.",
    ),
    username: described(
      orNull(field.text()),
      "User to log in as; null is the one in the URL, or the default user.",
    ),
    password: described(
      orNull(field.secret()),
      "Password to log in with where the URL has none; null is none.",
    ),
    pool_size: described(int(1), "Connections that are kept open to the server."),
    connect_timeout: described(
      field.duration({ min: "1ms" }),
      "Longest time for a connection to be made.",
    ),
    key_prefix: described(
      z.string().default("llm_gateway:cache:"),
      "Text before every key that is written, so that gateways can share a server.",
    ),
  }),
);

function checkRedisUrl(material: string): string | undefined {
  const isRedis = URL.canParse(material) && /^rediss?:\/\//i.test(material);
  return isRedis ? undefined : "is not a redis:// or rediss:// URL";
}

/** Whether the URL gives nothing away: without user info, and nothing in it that could be one. */
export function isPublicRedisUrl(literal: string): boolean {
  const url = URL.parse(literal);
  return url !== null && `${url.username}${url.password}${url.search}${url.hash}` === "";
}
