/**
 * `resilience` of the configuration, and the overlays that providers and models lay over it.
 *
 * Each policy is one set of fields, used twice: with defaults in `resilience`, all optional in
 * an overlay.
 *
 * @module
 */

import { type Duration, field } from "@llmcfg/config";
import * as z from "zod";
import { derived, int, section, share } from "./fields.ts";

/** `resilience.timeouts.request` where nothing else is said. */
export const DEFAULT_REQUEST_TIMEOUT = "60s";

export interface ResilienceConfig {
  readonly enable_queuing: boolean;
  /** Per provider. */
  readonly max_queue_size: number;
  readonly queue_timeout: Duration;
  readonly circuit_breaker: CircuitBreaker;
  readonly retry_policy: RetryPolicy;
  readonly timeouts: Timeouts;
  readonly health_check: HealthCheck;
}

/** Some members of a policy; what is absent is inherited. */
export type Overlay<T> = { readonly [K in keyof T]?: T[K] | undefined };

export interface CircuitBreaker {
  readonly enabled: boolean;
  /** Share of failures in the window that opens. */
  readonly failure_rate_threshold: number;
  /** Below it the rate is not judged. */
  readonly minimum_calls: number;
  /** Sliding. */
  readonly window: Duration;
  /** Opens at once; `null` is off. */
  readonly consecutive_failures: number | null;
  readonly open_duration: Duration;
  /** The wait doubles with each re-opening, up to this. */
  readonly max_open_duration: Duration;
  /** Probes. */
  readonly half_open_calls: number;
  /** Share of the probes that must succeed. */
  readonly success_threshold: number;
  readonly failure_statuses: readonly number[];
  readonly count_timeouts: boolean;
  /** On 429; `cooldown` honours Retry-After. */
  readonly rate_limited_action: "cooldown" | "count" | "ignore";
  /** Slower calls count as failures; `null` is off. */
  readonly slow_call_duration: Duration | null;
  /** Never removes the only enabled deployment of a model. */
  readonly keep_last_provider: boolean;
}

const breakerFields = {
  enabled: z.boolean(),
  failure_rate_threshold: z.number().gt(0).max(1),
  minimum_calls: int(1, 10_000),
  window: field.duration({ min: "1s", max: "1h" }),
  consecutive_failures: int(1).nullable(),
  open_duration: field.duration({ min: "100ms", max: "1h" }),
  max_open_duration: field.duration(),
  half_open_calls: int(1, 1_000),
  success_threshold: z.number().gt(0).max(1),
  failure_statuses: z.array(int(400, 599)),
  count_timeouts: z.boolean(),
  rate_limited_action: field.choice(["cooldown", "count", "ignore"]),
  slow_call_duration: field.duration({ min: "1ms" }).nullable(),
  keep_last_provider: z.boolean(),
};

const circuitBreaker: z.ZodType<CircuitBreaker> = section(
  z.strictObject({
    enabled: breakerFields.enabled.default(true),
    failure_rate_threshold: breakerFields.failure_rate_threshold.default(0.5),
    minimum_calls: breakerFields.minimum_calls.default(10),
    window: breakerFields.window.prefault("60s"),
    consecutive_failures: breakerFields.consecutive_failures.default(5),
    open_duration: breakerFields.open_duration.prefault("30s"),
    max_open_duration: breakerFields.max_open_duration.prefault("5m"),
    half_open_calls: breakerFields.half_open_calls.default(5),
    success_threshold: breakerFields.success_threshold.default(0.8),
    failure_statuses: breakerFields.failure_statuses.default([500, 502, 503, 504, 529]),
    count_timeouts: breakerFields.count_timeouts.default(true),
    rate_limited_action: breakerFields.rate_limited_action.prefault("cooldown"),
    slow_call_duration: breakerFields.slow_call_duration.default(null),
    keep_last_provider: breakerFields.keep_last_provider.default(true),
  }),
);

/** `providers[].circuit_breaker`. */
export const circuitBreakerOverlay: z.ZodType<Overlay<CircuitBreaker>> = section(
  z.strictObject(breakerFields).partial(),
);

/** `max_retries`, by class of error. */
export interface RetriesPerError {
  readonly authentication?: number | undefined;
  readonly rate_limit?: number | undefined;
  readonly timeout?: number | undefined;
  readonly content_policy?: number | undefined;
  readonly server_error?: number | undefined;
  readonly bad_request?: number | undefined;
}

const retriesPerError: z.ZodType<RetriesPerError> = z.strictObject({
  authentication: int(0, 10).optional(),
  rate_limit: int(0, 10).optional(),
  timeout: int(0, 10).optional(),
  content_policy: int(0, 10).optional(),
  server_error: int(0, 10).optional(),
  bad_request: int(0, 10).optional(),
});

/** Retries as a share of requests; as many in a second are allowed whatever the share. */
export interface RetryBudget {
  readonly ratio: number;
  readonly min_per_second: number;
}

export interface RetryPolicy {
  readonly max_retries: number;
  readonly initial_backoff: Duration;
  readonly max_backoff: Duration;
  readonly factor: number;
  /** Share of each wait that is random. */
  readonly jitter: number;
  readonly on_status_codes: readonly number[];
  readonly on_timeout: boolean;
  readonly on_connection_error: boolean;
  readonly respect_retry_after: boolean;
  /** A longer wish goes to fallback at once. */
  readonly max_retry_after: Duration;
  /** Takes the place of `max_retries`. */
  readonly per_error: RetriesPerError;
  readonly retry_budget: RetryBudget;
  /** Caps retries and fallbacks together. */
  readonly total_timeout: Duration;
  readonly retry_streaming: "never" | "before_first_byte";
}

const retryFields = {
  max_retries: int(0, 10),
  initial_backoff: field.duration({ min: "1ms", max: "60s" }),
  max_backoff: field.duration({ max: "5m" }),
  factor: z.number().min(1).max(10),
  jitter: share(),
  on_status_codes: z.array(int(400, 599)),
  on_timeout: z.boolean(),
  on_connection_error: z.boolean(),
  respect_retry_after: z.boolean(),
  max_retry_after: field.duration({ max: "10m" }),
  per_error: retriesPerError,
  total_timeout: field.duration({ min: "1ms" }),
  retry_streaming: field.choice(["never", "before_first_byte"]),
};

const budgetFields = { ratio: share(), min_per_second: z.number().min(0) };

const retryBudget: z.ZodType<RetryBudget> = section(
  z.strictObject({
    ratio: budgetFields.ratio.default(0.2),
    min_per_second: budgetFields.min_per_second.default(10),
  }),
);

const retryPolicy: z.ZodType<RetryPolicy> = section(
  z.strictObject({
    max_retries: retryFields.max_retries.default(2),
    initial_backoff: retryFields.initial_backoff.prefault("500ms"),
    max_backoff: retryFields.max_backoff.prefault("10s"),
    factor: retryFields.factor.default(2),
    jitter: retryFields.jitter.default(0.25),
    on_status_codes: retryFields.on_status_codes.default([408, 429, 500, 502, 503, 504, 529]),
    on_timeout: retryFields.on_timeout.default(true),
    on_connection_error: retryFields.on_connection_error.default(true),
    respect_retry_after: retryFields.respect_retry_after.default(true),
    max_retry_after: retryFields.max_retry_after.prefault("60s"),
    per_error: retryFields.per_error.default({}),
    retry_budget: retryBudget,
    total_timeout: derived(retryFields.total_timeout, "timeouts.request"),
    retry_streaming: retryFields.retry_streaming.prefault("before_first_byte"),
  }),
);

/** What is absent is inherited, of `retry_budget` and `per_error` each member by itself. */
export interface RetryPolicyOverlay extends Overlay<Omit<RetryPolicy, "retry_budget">> {
  readonly retry_budget?: Overlay<RetryBudget> | undefined;
}

/** `providers[].retry_policy`. */
export const retryPolicyOverlay: z.ZodType<RetryPolicyOverlay> = section(
  z
    .strictObject({ ...retryFields, retry_budget: z.strictObject(budgetFields).partial() })
    .partial(),
);

export interface Timeouts {
  readonly connect: Duration;
  readonly request: Duration;
  /** `null` is off. */
  readonly first_token: Duration | null;
  /** `null` is off. */
  readonly stream_idle: Duration | null;
  readonly stream_total: Duration;
  readonly idle_connection: Duration;
}

const timeoutFields = {
  connect: field.duration({ min: "100ms", max: "2m" }),
  request: field.duration({ max: "1h" }),
  first_token: field.duration({ min: "1ms" }).nullable(),
  stream_idle: field.duration({ min: "1s", max: "1h" }).nullable(),
  stream_total: field.duration(),
  idle_connection: field.duration({ min: "1ms" }),
};

const timeouts: z.ZodType<Timeouts> = section(
  z.strictObject({
    connect: timeoutFields.connect.prefault("10s"),
    request: timeoutFields.request.prefault(DEFAULT_REQUEST_TIMEOUT),
    first_token: timeoutFields.first_token.prefault("30s"),
    stream_idle: timeoutFields.stream_idle.prefault("60s"),
    stream_total: timeoutFields.stream_total.prefault("10m"),
    idle_connection: timeoutFields.idle_connection.prefault("90s"),
  }),
);

/** `timeouts` of providers and models. */
export const timeoutsOverlay: z.ZodType<Overlay<Timeouts>> = section(
  z.strictObject(timeoutFields).partial(),
);

export interface HealthCheck {
  readonly enabled: boolean;
  /** Active probes cost money. */
  readonly mode: "passive" | "active" | "both";
  readonly interval: Duration;
  readonly timeout: Duration;
  readonly unhealthy_threshold: number;
  readonly healthy_threshold: number;
  readonly probe: "none" | "tcp" | "models" | "completion";
  readonly path: string | null;
  readonly expected_statuses: readonly number[];
  readonly probe_model: string | null;
  readonly probe_prompt: string;
  readonly max_tokens: number;
  readonly jitter: number;
}

const healthFields = {
  enabled: z.boolean(),
  mode: field.choice(["passive", "active", "both"]),
  interval: field.duration({ min: "1s" }),
  timeout: field.duration(),
  unhealthy_threshold: int(1, 100),
  healthy_threshold: int(1, 100),
  probe: field.choice(["none", "tcp", "models", "completion"]),
  path: z.string().nullable(),
  expected_statuses: z.array(int(100, 599)).min(1),
  probe_model: z.string().nullable(),
  probe_prompt: z.string(),
  max_tokens: int(1),
  jitter: share(),
};

const healthCheck: z.ZodType<HealthCheck> = section(
  z.strictObject({
    enabled: healthFields.enabled.default(true),
    mode: healthFields.mode.prefault("passive"),
    interval: healthFields.interval.prefault("30s"),
    timeout: healthFields.timeout.prefault("5s"),
    unhealthy_threshold: healthFields.unhealthy_threshold.default(3),
    healthy_threshold: healthFields.healthy_threshold.default(2),
    probe: healthFields.probe.prefault("models"),
    path: healthFields.path.default(null),
    expected_statuses: healthFields.expected_statuses.default([200]),
    probe_model: healthFields.probe_model.default(null),
    probe_prompt: healthFields.probe_prompt.default("ping"),
    max_tokens: healthFields.max_tokens.default(1),
    jitter: healthFields.jitter.default(0.1),
  }),
);

/** `providers[].health_check`. */
export const healthCheckOverlay: z.ZodType<Overlay<HealthCheck>> = section(
  z.strictObject(healthFields).partial(),
);

/** `resilience` of the configuration. */
export const resilienceConfig: z.ZodType<ResilienceConfig> = section(
  z.strictObject({
    enable_queuing: z.boolean().default(true),
    max_queue_size: int(1).default(10_000),
    queue_timeout: field.duration({ min: "1ms" }).prefault("30s"),
    circuit_breaker: circuitBreaker,
    retry_policy: retryPolicy,
    timeouts,
    health_check: healthCheck,
  }),
);
