import { type Duration, field, type Text } from "@llmcfg/config";
import * as z from "zod";
import { type AuditConfig, auditConfig } from "./audit.ts";
import { drain, orNull, restart, section, share } from "./fields.ts";

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
  z.strictObject({ type: z.literal("stdout").describe("Lines go to standard output.") }),
  z.strictObject({ type: z.literal("stderr").describe("Lines go to standard error.") }),
  z.strictObject({
    type: z.literal("file").describe("Lines are appended to a file."),
    path: field.text().describe("File that lines are appended to; made where there is none."),
  }),
  z.strictObject({
    type: z.literal("syslog").describe("Lines go to a syslog server."),
    address: field.text().describe("Address of the server: `host:port`, or the path of a socket."),
  }),
]);

const loggingConfig: z.ZodType<LoggingConfig> = section(
  z.strictObject({
    level: field
      .choice(["error", "warn", "info", "debug", "trace"])
      .prefault("info")
      .describe("The least severe lines that are written."),
    format: field
      .choice(["json", "text"])
      .prefault("json")
      .describe("Form of a line: one JSON object, or text for people."),
    log_requests: z.boolean().default(true).describe("Whether a line is written for each request."),
    redact_pii: z
      .boolean()
      .default(true)
      .describe("Whether what looks like personal data is blotted out of lines."),
    redact_fields: z
      .array(z.string())
      .default(["api_key", "token", "password"])
      .describe("Names of fields whose values are blotted out of lines."),
    outputs: z
      .array(logOutput)
      .min(1)
      .prefault([{ type: "stdout" }])
      .describe("Where lines go, all of these; at least one."),
  }),
);

const metricsConfig: z.ZodType<MetricsConfig> = section(
  z.strictObject({
    enabled: z.boolean().default(true).describe("Whether metrics are counted and exposed."),
    backend: restart(
      field
        .choice(["prometheus", "open_telemetry", "datadog", "statsd"], OTEL_ALIASES)
        .prefault("prometheus"),
    ).describe("Who collects them: `prometheus` reads them here, the others are sent them."),
    endpoint: restart(field.text().prefault("/metrics")).describe(
      "For `prometheus` the path that they are read at; for the others the URL or `host:port` that they are sent to.",
    ),
    export_interval: field
      .duration({ min: "1ms" })
      .prefault("15s")
      .describe("How often metrics are sent; without meaning for `prometheus`."),
    latency_buckets: restart(z.array(z.number().gt(0)).min(1).default(LATENCY_BUCKETS)).describe(
      "Upper bounds of the buckets of latency histograms in seconds, ascending.",
    ),
  }),
);

const tracingConfig: z.ZodType<TracingConfig> = section(
  z.strictObject({
    enabled: z.boolean().default(true).describe("Whether spans are recorded and sent."),
    backend: restart(
      field.choice(["open_telemetry", "jaeger", "zipkin"], OTEL_ALIASES).prefault("open_telemetry"),
    ).describe("Protocol that spans are sent in."),
    endpoint: drain(field.url().prefault("http://localhost:4317")).describe(
      "URL that spans are sent to.",
    ),
    sampling_rate: share()
      .default(1)
      .describe("Share of the traces that are recorded, from 0 to 1."),
    propagate_context: z
      .boolean()
      .default(true)
      .describe("Whether the trace context of a request is passed on upstream."),
  }),
);

/** `observability` of the configuration. */
export const observabilityConfig: z.ZodType<ObservabilityConfig> = section(
  z.strictObject({
    logging: loggingConfig.describe("Lines that the gateway writes, and where they go."),
    metrics: metricsConfig.describe("Numbers that the gateway counts, and how they are collected."),
    tracing: tracingConfig.describe("Spans of requests, and where they are sent."),
    audit: orNull(auditConfig).describe(
      "The record of who changed and used what; null keeps none.",
    ),
  }),
);
