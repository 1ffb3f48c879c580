import type { ServerResponse } from "node:http";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";

/** Where metrics are read, without a key as Prometheus does; nowhere unless they are asked for. */
export function metricsRoute({ config }: GatewaySnapshot): string | undefined {
  const { enabled, endpoint } = config.observability.metrics;
  return enabled && typeof endpoint === "string" ? `GET ${endpoint}` : undefined;
}

/** @param text OpenMetrics */
export function sendMetrics(response: ServerResponse, text: string): void {
  const bytes = Buffer.from(text);
  const type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  response.writeHead(200, { "content-type": type, "content-length": bytes.length }).end(bytes);
}
