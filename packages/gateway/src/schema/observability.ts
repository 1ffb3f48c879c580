import { type Duration, field, type Text } from "@llmcfg/config";
import * as z from "zod";
import { type AuditConfig, auditConfig } from "./audit.ts";
import { described, drain, orNull, restart, share } from "./fields.ts";

/** Logs, metrics, traces and the audit log of a gateway. */
export interface ObservabilityConfig {
  readonly logging: LoggingConfig;
  readonly metrics: MetricsConfig;
  readonly tracing: TracingConfig;
  readonly audit: AuditConfig | null;
}

/** What a gateway logs, and where to. */
export interface LoggingConfig {
  readonly level: "error" | "warn" | "info" | "debug" | "trace";
  readonly format: "json" | "text";
  readonly log_requests: boolean;
  readonly redact_pii: boolean;
  readonly redact_fields: readonly string[];
  readonly outputs: readonly LogOutput[];
}

/** Where log lines go. */
export type LogOutput =
  | { readonly type: "stdout" | "stderr" }
  | { readonly type: "file"; readonly path: Text }
  | { readonly type: "syslog"; readonly address: Text };

/** Which metrics a gateway delivers, and how. */
export interface MetricsConfig {
  readonly enabled: boolean;
  readonly backend: "prometheus" | "open_telemetry" | "datadog" | "statsd";
  /** A path for Prometheus, else a URL or `host:port`. */
  readonly endpoint: Text;
  readonly export_interval: Duration;
  /** Seconds. */
  readonly latency_buckets: readonly number[];
}

/** Which requests are traced, and where traces go. */
export interface TracingConfig {
  readonly enabled: boolean;
  readonly backend: "open_telemetry" | "jaeger" | "zipkin";
  readonly endpoint: Text;
  /** 0–1: the share of requests that are traced. */
  readonly sampling_rate: number;
  readonly propagate_context: boolean;
}

const OTEL_ALIASES = { opentelemetry: "open_telemetry", otlp: "open_telemetry" } as const;

const LATENCY_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const logOutput: z.ZodType<LogOutput> = z.discriminatedUnion("type", [
  z.strictObject({ type: described(z.literal("stdout"), "Lines go to standard output.") }),
  z.strictObject({ type: described(z.literal("stderr"), "Lines go to standard error.") }),
  z.strictObject({
    type: described(z.literal("file"), "Lines are appended to a file."),
    path: described(field.text(), "File that lines are appended to; made where there is none."),
  }),
  z.strictObject({
    type: described(z.literal("syslog"), "Lines go to a syslog server."),
    address: described(
      field.text(),
      "Address of the server: `host:port`, or the path of a socket.",
    ),
  }),
]);

const loggingConfig: z.ZodType<LoggingConfig> = field.section(
  z.strictObject({
    level: described(
      field.choice(["error", "warn", "info", "debug", "trace"]).prefault("info"),
      "The least severe lines that are written.",
    ),
    format: described(
      field.choice(["json", "text"]).prefault("json"),
      "Form of a line: one JSON object, or text for people.",
    ),
    log_requests: described(
      z.boolean().default(true),
      "Whether a line is written for each request.",
    ),
    redact_pii: described(
      z.boolean().default(true),
      "Whether what looks like personal data is blotted out of lines.",
    ),
    redact_fields: described(
      z.array(z.string()).default(["api_key", "token", "password"]),
      "Names of fields whose values are blotted out of lines.",
    ),
    outputs: described(
      z
        .array(logOutput)
        .min(1)
        .prefault([{ type: "stdout" }]),
      "Where lines go, all of these; at least one.",
    ),
  }),
);

const metricsConfig: z.ZodType<MetricsConfig> = field.section(
  z.strictObject({
    enabled: described(z.boolean().default(true), "Whether metrics are counted and exposed."),
    backend: described(
      restart(
        field
          .choice(["prometheus", "open_telemetry", "datadog", "statsd"], OTEL_ALIASES)
          .prefault("prometheus"),
      ),
      "Who collects them: `prometheus` reads them here, the others are sent them.",
    ),
    endpoint: described(
      restart(field.text().prefault("/metrics")),
      "For `prometheus` the path that they are read at; for the others the URL or `host:port` that they are sent to.",
    ),
    export_interval: described(
      field.duration({ min: "1ms" }).prefault("15s"),
      "How often metrics are sent; without meaning for `prometheus`.",
    ),
    latency_buckets: described(
      restart(z.array(z.number().gt(0)).min(1).default(LATENCY_BUCKETS)),
      "Upper bounds of the buckets of latency histograms in seconds, ascending.",
    ),
  }),
);

const tracingConfig: z.ZodType<TracingConfig> = field.section(
  z.strictObject({
    enabled: described(z.boolean().default(true), "Whether spans are recorded and sent."),
    backend: described(
      restart(
        field
          .choice(["open_telemetry", "jaeger", "zipkin"], OTEL_ALIASES)
          .prefault("open_telemetry"),
      ),
      "Protocol that spans are sent in.",
    ),
    endpoint: described(
      drain(field.url().prefault("http://localhost:4317")),
      "URL that spans are sent to.",
    ),
    sampling_rate: described(
      share().default(1),
      "Share of the traces that are recorded, from 0 to 1.",
    ),
    propagate_context: described(
      z.boolean().default(true),
      "Whether the trace context of a request is passed on upstream.",
    ),
  }),
);

/** `observability` of the configuration. */
export const observabilityConfig: z.ZodType<ObservabilityConfig> = field.section(
  z.strictObject({
    logging: described(loggingConfig, "Lines that the gateway writes, and where they go."),
    metrics: described(
      metricsConfig,
      "Numbers that the gateway counts, and how they are collected.",
    ),
    tracing: described(tracingConfig, "Spans of requests, and where they are sent."),
    audit: described(
      orNull(auditConfig),
      "The record of who changed and used what; null keeps none.",
    ),
  }),
);
