/**
 * What a development server begins with: enough to try each command on.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { Json } from "@llmcfg/core";

/** Own items as `[path, value]`; secrets are made anew each time. */
export function createDemoData(): readonly (readonly [path: string, value: Json])[] {
  return [
    ["base/ml-service/db-url", "postgres://localhost/ml"],
    ["base/ml-service/inference/timeout-seconds", 30],
    ["base/ml-service/inference/model.config", MODEL],
    ["base/ml-service/training/hyperparameters.json", { epochs: 3, batchSize: 32 }],
    ["base/ml-service/training/dataset.config", { uri: "file:///data/train" }],
    ["base/ml-service/monitoring/prometheus.yaml", PROMETHEUS],
    ["base/ml-service/monitoring/alerting.rules", ALERTING],
    ["base/api-gateway/routes.yaml", ROUTES],
    ["base/api-gateway/rate-limits.json", { perMinute: 600 }],
    ["base/data-pipeline/kafka.config", { brokers: ["localhost:9092"] }],
    ["base/data-pipeline/spark.yaml", SPARK],
    ["staging/ml-service/inference/model.config", { ...MODEL, model: "small-2" }],
    ["production/ml-service/db-url", "postgres://db.internal/ml"],
    ["production/ml-service/inference/scaling.yaml", SCALING],
    ["production/ml-service/inference/secrets/api-key", `demo-${random()}`],
    ["production/ml-service/inference/secrets/db-credentials", `ml:${random()}`],
    ["production/api-gateway/secrets/jwt-signing-key", random()],
  ];
}

function random(): string {
  return randomBytes(32).toString("hex");
}

const MODEL = { provider: "demo", model: "small-1", temperature: 0.2 };

const PROMETHEUS = `global:
  scrape_interval: 15s
scrape_configs:
  - job_name: ml-service
    static_configs:
      - targets: ["localhost:9100"]
`;

const ALERTING = `groups:
  - name: inference
    rules:
      - alert: InferenceSlow
        expr: histogram_quantile(0.99, rate(inference_seconds_bucket[5m])) > 2
        for: 5m
`;

const ROUTES = `routes:
  - path: /v1/chat/completions
    service: ml-service
  - path: /v1/models
    service: ml-service
`;

const SPARK = `spark:
  executor:
    instances: 2
    memory: 2g
`;

const SCALING = `minReplicas: 3
maxReplicas: 12
targetCpu: 60
`;
