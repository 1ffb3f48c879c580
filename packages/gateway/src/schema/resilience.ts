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
import { derived, described, int, share } from "./fields.ts";

/** `resilience.timeouts.request` where nothing else is said. */
export const DEFAULT_REQUEST_TIMEOUT = "60s";

/** Time-outs, retries, breakers and health checks. */
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

/** When a provider is left alone because it fails, and for how long. */
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
  enabled: described(z.boolean(), "Whether failing deployments are left out for a while."),
  failure_rate_threshold: described(
    z.number().gt(0).max(1),
    "Share of failures in the window that opens the breaker, above 0 and at most 1.",
  ),
  minimum_calls: described(
    int(1, 10_000),
    "Calls in the window below which the share is not judged.",
  ),
  window: described(
    field.duration({ min: "1s", max: "1h" }),
    "How far back calls are counted; it slides.",
  ),
  consecutive_failures: described(
    int(1).nullable(),
    "Failures in a row that open the breaker at once; null is off.",
  ),
  open_duration: described(
    field.duration({ min: "100ms", max: "1h" }),
    "How long an open breaker lets no request through.",
  ),
  max_open_duration: described(
    field.duration(),
    "Longest such wait: it doubles with each opening in a row, up to this.",
  ),
  half_open_calls: described(
    int(1, 1_000),
    "Requests that are let through as probes after the wait.",
  ),
  success_threshold: described(
    z.number().gt(0).max(1),
    "Share of the probes that must succeed for the breaker to close, above 0 and at most 1.",
  ),
  failure_statuses: described(z.array(int(400, 599)), "HTTP statuses that count as failures."),
  count_timeouts: described(z.boolean(), "Whether time-outs count as failures."),
  rate_limited_action: described(
    field.choice(["cooldown", "count", "ignore"]),
    "What a 429 does: `cooldown` leaves the deployment out for as long as Retry-After says, `count` is a failure, `ignore` is nothing.",
  ),
  slow_call_duration: described(
    field.duration({ min: "1ms" }).nullable(),
    "Calls that take longer count as failures; null is off.",
  ),
  keep_last_provider: described(
    z.boolean(),
    "Whether the last enabled deployment of a model is used in spite of an open breaker.",
  ),
};

const circuitBreaker: z.ZodType<CircuitBreaker> = field.section(
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
export const circuitBreakerOverlay: z.ZodType<Overlay<CircuitBreaker>> = field.section(
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
  authentication: described(
    int(0, 10).optional(),
    "Retries after 401 and 403, in place of `max_retries`.",
  ),
  rate_limit: described(int(0, 10).optional(), "Retries after 429, in place of `max_retries`."),
  timeout: described(int(0, 10).optional(), "Retries after a time-out, in place of `max_retries`."),
  content_policy: described(
    int(0, 10).optional(),
    "Retries after a refusal by the content policy of the provider, in place of `max_retries`.",
  ),
  server_error: described(int(0, 10).optional(), "Retries after 5xx, in place of `max_retries`."),
  bad_request: described(
    int(0, 10).optional(),
    "Retries after other 4xx, in place of `max_retries`.",
  ),
});

/** Retries as a share (0–1) of requests; `min_per_second` are allowed whatever the share. */
export interface RetryBudget {
  readonly ratio: number;
  readonly min_per_second: number;
}

/** Which requests are tried again, how often and after which waits. */
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
  max_retries: described(int(0, 10), "Further attempts at the same deployment after the first."),
  initial_backoff: described(
    field.duration({ min: "1ms", max: "60s" }),
    "Wait before the first retry.",
  ),
  max_backoff: described(field.duration({ max: "5m" }), "Longest wait before a retry."),
  factor: described(
    z.number().min(1).max(10),
    "What each wait is multiplied with to give the next.",
  ),
  jitter: described(share(), "Share of each wait that is random, from 0 to 1."),
  on_status_codes: described(z.array(int(400, 599)), "HTTP statuses that are tried again."),
  on_timeout: described(z.boolean(), "Whether a time-out is tried again."),
  on_connection_error: described(z.boolean(), "Whether a connection that fails is tried again."),
  respect_retry_after: described(z.boolean(), "Whether a wait is as long as Retry-After asks."),
  max_retry_after: described(
    field.duration({ max: "10m" }),
    "Longest Retry-After that is waited for; with a longer one the fallback comes at once.",
  ),
  per_error: described(
    retriesPerError,
    "Retries by class of error; an absent class has `max_retries`.",
  ),
  total_timeout: described(
    field.duration({ min: "1ms" }),
    "Longest time of all attempts together, retries and fallbacks.",
  ),
  retry_streaming: described(
    field.choice(["never", "before_first_byte"]),
    "Whether a stream is tried again: `never`, or as long as nothing of it has been sent on.",
  ),
};

const budgetFields = {
  ratio: described(share(), "Retries that are allowed, as a share of the requests, from 0 to 1."),
  min_per_second: described(
    z.number().min(0),
    "Retries in a second that are allowed whatever the share is.",
  ),
};

const RETRY_BUDGET =
  "How many retries are made at most in proportion to the requests, so that they add no load to a failure.";

const retryBudget: z.ZodType<RetryBudget> = field.section(
  z.strictObject({
    ratio: budgetFields.ratio.default(0.2),
    min_per_second: budgetFields.min_per_second.default(10),
  }),
);

const retryPolicy: z.ZodType<RetryPolicy> = field.section(
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
    retry_budget: described(retryBudget, RETRY_BUDGET),
    total_timeout: derived(retryFields.total_timeout, "timeouts.request"),
    retry_streaming: retryFields.retry_streaming.prefault("before_first_byte"),
  }),
);

/** Some members of a retry policy; what is absent is inherited, of `retry_budget` and `per_error` each member by itself. */
export interface RetryPolicyOverlay extends Overlay<Omit<RetryPolicy, "retry_budget">> {
  readonly retry_budget?: Overlay<RetryBudget> | undefined;
}

/** `providers[].retry_policy`. */
export const retryPolicyOverlay: z.ZodType<RetryPolicyOverlay> = field.section(
  z
    .strictObject({
      ...retryFields,
      retry_budget: described(z.strictObject(budgetFields).partial(), RETRY_BUDGET),
    })
    .partial(),
);

/** How long the parts of a request may take. */
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
  connect: described(
    field.duration({ min: "100ms", max: "2m" }),
    "Longest time for a connection to the provider to be made.",
  ),
  request: described(
    field.duration({ max: "1h" }),
    "Longest time from a request to the whole answer where it is no stream.",
  ),
  first_token: described(
    field.duration({ min: "1ms" }).nullable(),
    "Longest time to the first token of a stream; null is off.",
  ),
  stream_idle: described(
    field.duration({ min: "1s", max: "1h" }).nullable(),
    "Longest time between two parts of a stream; null is off.",
  ),
  stream_total: described(
    field.duration(),
    "Longest time from a request to the end of its stream.",
  ),
  idle_connection: described(
    field.duration({ min: "1ms" }),
    "How long a connection without a request stays open.",
  ),
};

const timeouts: z.ZodType<Timeouts> = field.section(
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
export const timeoutsOverlay: z.ZodType<Overlay<Timeouts>> = field.section(
  z.strictObject(timeoutFields).partial(),
);

/** How it is found out whether a provider answers. */
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
  enabled: described(z.boolean(), "Whether the health of deployments is watched."),
  mode: described(
    field.choice(["passive", "active", "both"]),
    "`passive` judges by requests alone, `active` by probes, which cost money, `both` by either.",
  ),
  interval: described(field.duration({ min: "1s" }), "Time between two probes of a deployment."),
  timeout: described(field.duration(), "Longest time of a probe, below `interval`."),
  unhealthy_threshold: described(
    int(1, 100),
    "Failures in a row that make a deployment unhealthy.",
  ),
  healthy_threshold: described(int(1, 100), "Successes in a row that make it healthy again."),
  probe: described(
    field.choice(["none", "tcp", "models", "completion"]),
    "What a probe is: nothing, a TCP connection, the list of models, or a completion, which needs `probe_model`.",
  ),
  path: described(
    z.string().nullable(),
    "Path that is probed below the endpoint; null is that of the provider type.",
  ),
  expected_statuses: described(
    z.array(int(100, 599)).min(1),
    "HTTP statuses of a probe that has succeeded.",
  ),
  probe_model: described(
    z.string().nullable(),
    "Model that completions are asked of; null is none.",
  ),
  probe_prompt: described(z.string(), "Text that completions are asked with."),
  max_tokens: described(int(1), "Tokens that a completion may give."),
  jitter: described(share(), "Share of each interval that is random, from 0 to 1."),
};

const healthCheck: z.ZodType<HealthCheck> = field.section(
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
export const healthCheckOverlay: z.ZodType<Overlay<HealthCheck>> = field.section(
  z.strictObject(healthFields).partial(),
);

/** `resilience` of the configuration. */
export const resilienceConfig: z.ZodType<ResilienceConfig> = field.section(
  z.strictObject({
    enable_queuing: described(
      z.boolean().default(true),
      "Whether requests wait while every deployment is at its limit, and are not refused at once.",
    ),
    max_queue_size: described(
      int(1).default(10_000),
      "Requests that wait for one provider at most; further ones are refused.",
    ),
    queue_timeout: described(
      field.duration({ min: "1ms" }).prefault("30s"),
      "Longest time that a request waits; then it is refused.",
    ),
    circuit_breaker: described(
      circuitBreaker,
      "When a failing deployment is left out, and when it is tried again.",
    ),
    retry_policy: described(
      retryPolicy,
      "What is tried again at the same deployment, how often and after which wait.",
    ),
    timeouts: described(timeouts, "Limits of time of calls to providers."),
    health_check: described(healthCheck, "How it is found out whether deployments are healthy."),
  }),
);
