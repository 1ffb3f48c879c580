import { expect, test } from "vitest";
import { writeDemoData } from "../../src/modules/configs/seed.ts";
import { openWorld, put, TENANT, write } from "./open-world.ts";

test("DOC-01 the demo data are one commit, and production/ml-service has ten keys of it", async () => {
  const world = openWorld();

  const revision = await writeDemoData(world.deps, TENANT);

  const keysOf = async (env: string) => {
    const namespace = { env, service: "ml-service", prefix: "" };
    return (await world.deps.reader.bundle(TENANT, namespace)).entries.map(({ ref }) => ref.key);
  };
  expect(revision).toBe(2);
  expect(world.changes).toMatchObject([
    { revision: 2, author: "system:dev", message: "demo data" },
  ]);
  expect(await keysOf("production")).toEqual([
    "db-url",
    "inference/model.config",
    "inference/scaling.yaml",
    "inference/secrets/api-key",
    "inference/secrets/db-credentials",
    "inference/timeout-seconds",
    "monitoring/alerting.rules",
    "monitoring/prometheus.yaml",
    "training/dataset.config",
    "training/hyperparameters.json",
  ]);
  expect(await keysOf("staging")).toHaveLength(7);
});

test("a tenant that was written to is left as it is", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);

  const revision = await writeDemoData(world.deps, TENANT);

  expect(revision).toBe(2);
  expect(world.changes).toHaveLength(1);
});
