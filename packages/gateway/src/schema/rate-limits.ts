import { field } from "@llmcfg/config";
import * as z from "zod";
import { described, int, orNull } from "./fields.ts";

/** What a provider allows us: its quota. `null` is no limit. */
export interface RateLimits {
  readonly requests_per_minute: number | null;
  readonly requests_per_day: number | null;
  readonly tokens_per_minute: number | null;
  readonly tokens_per_day: number | null;
  readonly max_concurrent_requests: number | null;
}

/** `rate_limits` of providers and models. */
export const rateLimits: z.ZodType<RateLimits> = field.section(
  z.strictObject({
    requests_per_minute: described(
      orNull(int(1)),
      "Requests in a minute that the upstream allows us; null is no limit, of a model that of its provider.",
    ),
    requests_per_day: described(
      orNull(int(1)),
      "Requests in a day that the upstream allows us; null is no limit, of a model that of its provider.",
    ),
    tokens_per_minute: described(
      orNull(int(1)),
      "Tokens in a minute that the upstream allows us; null is no limit, of a model that of its provider.",
    ),
    tokens_per_day: described(
      orNull(int(1)),
      "Tokens in a day that the upstream allows us; null is no limit, of a model that of its provider.",
    ),
    max_concurrent_requests: described(
      orNull(int(1)),
      "Requests in flight at the same time that the upstream allows us; null is no limit, of a model that of its provider.",
    ),
  }),
);

/** What the gateway allows its own callers; `null` of an hour or a day is no limit. */
export interface RateLimitRule {
  readonly requests_per_minute: number;
  readonly requests_per_hour: number | null;
  readonly requests_per_day: number | null;
  /** How many may come at once; `null` is as many as in a minute. */
  readonly burst: number | null;
}

/** A limit of `security.rate_limiting` or of a routing rule. */
export const rateLimitRule: z.ZodType<RateLimitRule> = z.strictObject({
  requests_per_minute: described(int(1), "Requests that a caller may make in a minute."),
  requests_per_hour: described(
    orNull(int(1)),
    "Requests that a caller may make in an hour; null is no limit of its own.",
  ),
  requests_per_day: described(
    orNull(int(1)),
    "Requests that a caller may make in a day; null is no limit of its own.",
  ),
  burst: described(
    orNull(int(1)),
    "Requests that may come at once before the rate counts; null allows as many as a minute does.",
  ),
});
