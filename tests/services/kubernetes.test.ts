import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../packages/config/test/support/until.ts";
import { kubernetesClusterSuite } from "../conformance/kubernetes-cluster.ts";
import { kubernetesSourceSuite } from "../conformance/kubernetes-source.ts";
import { makeHome, run } from "../support/programs.ts";
import { type Cluster, openCluster, putObject } from "../support/services/kubernetes.ts";
import { accountToken, applyManifest, rulesOf } from "../support/services/kubernetes-rights.ts";
import { podIn, readOnce, sourceOf } from "../support/services/kubernetes-sources.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await openCluster();
});

afterAll(() => cluster[Symbol.asyncDispose]());

kubernetesSourceSuite("an API server", () => cluster);
kubernetesClusterSuite("an API server", () => cluster);

test("K8S-5 what `llmcfg gateway rbac` prints is applied as it stands, and gives these rights and no others", async () => {
  await using home = await makeHome();
  const token = await accountToken(cluster, "cli");
  const before = await rulesOf(cluster, token);
  const data = { "g.yaml": "server: {host: granted}" };
  await putObject(cluster, { name: "by-cli", data });

  const flags = "--name by-cli --namespace default --service-account cli";
  const printed = await run(`llmcfg gateway rbac configmap/by-cli secret/by-cli ${flags}`, home);
  await applyManifest(cluster, printed.stdout, home);
  await using source = sourceOf(podIn(cluster, { token }), { name: "by-cli" });
  await until("the right", async () => (await readOnce(source)).state === "ok");
  const after = await rulesOf(cluster, token);

  expect(printed.code).toBe(0);
  const verbs = ["get", "list", "watch"];
  expect(after.filter((rule) => !before.includes(rule))).toEqual(
    ["configmaps", "secrets"].map((resource) => `${resource}/by-cli: ${verbs.join(" ")}`),
  );
  expect(before.filter((rule) => !after.includes(rule))).toEqual([]);
});
