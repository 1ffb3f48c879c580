import { type Duration, field, type Text } from "@llmcfg/config";
import * as z from "zod";
import { type AuditConfig, auditConfig } from "./audit.ts";
import { drain, orNull, restart, section, share } from "./fields.ts";

export interface ObservabilityConfig {
  readonly logging: LoggingConfig;
  readonly metrics: MetricsConfig;
  readonly tracing: TracingConfig;
  readonly audit: AuditConfig | null;
}

export interface LoggingConfig {
  readonly level: "error" | "warn" | "info" | "debug" | "trace";
  readonly format: "json" | "text";
  readonly log_requests: boolean;
  readonly redact_pii: boolean;
  readonly redact_fields: readonly string[];
  readonly outputs: readonly LogOutput[];
}

export type LogOutput =
  | { readonly type: "stdout" | "stderr" }
  | { readonly type: "file"; readonly path: Text }
  | { readonly type: "syslog"; readonly address: Text };

export interface MetricsConfig {
  readonly enabled: boolean;
  readonly backend: "prometheus" | "open_telemetry" | "datadog" | "statsd";
  /** A path for Prometheus, else a URL or `host:port`. */
  readonly endpoint: Text;
  readonly export_interval: Duration;
  /** Seconds. */
  readonly latency_buckets: readonly number[];
}

export interface TracingConfig {
  readonly enabled: boolean;
  readonly backend: "open_telemetry" | "jaeger" | "zipkin";
  readonly endpoint: Text;
  readonly sampling_rate: number;
  readonly propagate_context: boolean;
}

const OTEL_ALIASES = { opentelemetry: "open_telemetry", otlp: "open_telemetry" } as const;

const LATENCY_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const logOutput: z.ZodType<LogOutput> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("stdout") }),
  z.strictObject({ type: z.literal("stderr") }),
  z.strictObject({ type: z.literal("file"), path: field.text() }),
  z.strictObject({ type: z.literal("syslog"), address: field.text() }),
]);

const loggingConfig: z.ZodType<LoggingConfig> = section(
  z.strictObject({
    level: field.choice(["error", "warn", "info", "debug", "trace"]).prefault("info"),
    format: field.choice(["json", "text"]).prefault("json"),
    log_requests: z.boolean().default(true),
    redact_pii: z.boolean().default(true),
    redact_fields: z.array(z.string()).default(["api_key", "token", "password"]),
    outputs: z
      .array(logOutput)
      .min(1)
      .prefault([{ type: "stdout" }]),
  }),
);

const metricsConfig: z.ZodType<MetricsConfig> = section(
  z.strictObject({
    enabled: z.boolean().default(true),
    backend: restart(
      field
        .choice(["prometheus", "open_telemetry", "datadog", "statsd"], OTEL_ALIASES)
        .prefault("prometheus"),
    ),
    endpoint: restart(field.text().prefault("/metrics")),
    export_interval: field.duration({ min: "1ms" }).prefault("15s"),
    latency_buckets: restart(z.array(z.number().gt(0)).min(1).default(LATENCY_BUCKETS)),
  }),
);

const tracingConfig: z.ZodType<TracingConfig> = section(
  z.strictObject({
    enabled: z.boolean().default(true),
    backend: restart(
      field.choice(["open_telemetry", "jaeger", "zipkin"], OTEL_ALIASES).prefault("open_telemetry"),
    ),
    endpoint: drain(field.url().prefault("http://localhost:4317")),
    sampling_rate: share().default(1),
    propagate_context: z.boolean().default(true),
  }),
);

/** `observability` of the configuration. */
export const observabilityConfig: z.ZodType<ObservabilityConfig> = section(
  z.strictObject({
    logging: loggingConfig,
    metrics: metricsConfig,
    tracing: tracingConfig,
    audit: orNull(auditConfig),
  }),
);
