import { type Duration, field, type SecretRef, type Text } from "@llmcfg/config";
import * as z from "zod";
import { drain, int, orNull } from "./fields.ts";

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
    url: field.secret({ check: checkRedisUrl }),
    username: orNull(field.text()),
    password: orNull(field.secret()),
    pool_size: int(1),
    connect_timeout: field.duration({ min: "1ms" }),
    key_prefix: z.string().default("llm_gateway:cache:"),
  }),
);

function checkRedisUrl(material: string): string | undefined {
  const isRedis = URL.canParse(material) && /^rediss?:\/\//i.test(material);
  return isRedis ? undefined : "is not a redis:// or rediss:// URL";
}
