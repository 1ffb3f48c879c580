import type { Located } from "@llmcfg/config";
import { textOf } from "../read-node.ts";
import type { LitellmMapping } from "./mapping.ts";

/** Callbacks that are a backend of metrics or traces here; the others stay as they are. */
export function mapCallbacks(mapping: LitellmMapping): void {
  const callbacks = ["callbacks", "success_callback"].flatMap((name) => {
    return listOf(mapping.setting("litellm_settings", name));
  });
  const metrics = callbacks.find((node) => METRICS.has(textOf(node) ?? ""));
  const chosen = textOf(metrics);
  for (const node of callbacks) {
    const name = textOf(node) ?? "";
    if (name === chosen) mapMetrics(mapping, node, name);
    if (TRACES.has(name))
      mapping.map(node, ["observability", "tracing", "backend"], "open_telemetry");
  }
  if (chosen !== "datadog") return;
  const note = "the agent of Datadog listens there";
  mapping.assume(["observability", "metrics", "endpoint"], DATADOG_AGENT, note);
}

const METRICS: ReadonlySet<string> = new Set(["prometheus", "datadog"]);
const TRACES: ReadonlySet<string> = new Set(["otel", "opentelemetry"]);

/** Where metrics for Datadog go, unless it is said otherwise. */
export const DATADOG_AGENT = "localhost:8125";

function mapMetrics(mapping: LitellmMapping, node: Located, backend: string): void {
  const path = ["observability", "metrics", "backend"];
  const note = "metrics go to Datadog; logs of requests do not";
  if (backend === "prometheus") mapping.map(node, path, backend);
  else mapping.approximate(node, { path, value: backend, note });
}

/** A single callback may stand without a list. */
function listOf(node: Located | undefined): readonly Located[] {
  if (node === undefined) return [];
  return node.type === "array" ? node.items : [node];
}
