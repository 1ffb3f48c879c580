import { ConfigLoader } from "@llmcfg/config";
import { gatewaySchema } from "@llmcfg/gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, openFakeCluster, putObject } from "../support/services/kubernetes.ts";
import { podIn, sourceOf } from "../support/services/kubernetes-sources.ts";
import { kubernetesClusterSuite } from "./kubernetes-cluster.ts";
import { kubernetesSourceSuite } from "./kubernetes-source.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await openFakeCluster();
});

afterAll(() => cluster[Symbol.asyncDispose]());

kubernetesSourceSuite("a FAKE", () => cluster);
kubernetesClusterSuite("a FAKE", () => cluster);

test("K8S-5 the keys of a gateway's providers may lie in a Secret, everything else in a ConfigMap", async () => {
  const base = `
providers:
  - id: openai
    type: openai
    auth: { type: api_key, key: "\${secret:openai}" }
    models: [{ id: gpt-5 }]
`;
  const keys = "providers:\n  $merge:\n    openai: { auth: { key: sk-canary } }\n";
  await putObject(cluster, { name: "gateway", data: { "gateway.yaml": base } });
  await putObject(cluster, { resource: "secrets", name: "gateway", data: { "keys.yaml": keys } });
  const pod = podIn(cluster);

  const { config, document } = await new ConfigLoader(gatewaySchema)
    .addSource(sourceOf(pod, { name: "gateway" }))
    .addSource(sourceOf(pod, { name: "gateway", resource: "Secret" }))
    .load();

  const auth = config.providers[0]?.auth;
  expect(auth?.type === "api_key" && (await auth.key.reveal())).toBe("sk-canary");
  expect(JSON.stringify(document)).not.toContain("canary");
});
