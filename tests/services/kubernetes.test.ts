import { afterAll, beforeAll } from "vitest";
import { kubernetesSourceSuite } from "../conformance/kubernetes-source.ts";
import { type Cluster, openCluster } from "../support/services/kubernetes.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await openCluster();
});

afterAll(() => cluster[Symbol.asyncDispose]());

kubernetesSourceSuite("an API server", () => cluster);
