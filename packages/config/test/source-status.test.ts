import { rm } from "node:fs/promises";
import { ConfigLoader, type ConfigManager, ConfigValidator, createManager } from "@llmcfg/config";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { MemorySource } from "./support/memory-source.ts";

test("LOAD-17 WHY-3 a source that is missing is not ok, and explain says what was refused of which source", async () => {
  await using folder = await Folder.create();
  const { manager, file, over } = await managed(folder);
  await using _ = manager;
  await rm(over);

  const missing = await manager.reload();
  const whileMissing = statesOf(manager);
  const refusedMissing = refusalsOf(manager);
  await folder.write("over.yaml", "server: { port: 2 }\n");
  await folder.write("gateway.yaml", "server: { host: [\n");
  await manager.reload();
  const whileMalformed = statesOf(manager);
  const refusedMalformed = refusalsOf(manager);
  await folder.write("gateway.yaml", "server: { host: three }\n");
  await manager.reload();

  expect(missing.status).toBe("rejected");
  expect(whileMissing).toMatchObject({ [`file:${over}`]: "missing", [`file:${file}`]: "ok" });
  expect(refusedMissing).toEqual([
    `newer content of file:${over}: it was refused: file:${over} is missing: it does not exist`,
  ]);
  expect(whileMalformed).toMatchObject({ [`file:${over}`]: "ok", [`file:${file}`]: "malformed" });
  expect(refusedMalformed[0]).toMatch(
    new RegExp(`^newer content of file:${file}: it was refused: .* \\(${file}:2:1\\)$`),
  );
  expect(statesOf(manager)).toMatchObject({ [`file:${over}`]: "ok", [`file:${file}`]: "ok" });
  expect(refusalsOf(manager)).toEqual([]);
});

test("LOAD-17 an optional source that cannot be reached is skipped, and health says so", async () => {
  const source = new MemorySource({});
  source.isAway = true;
  const loader = new ConfigLoader(gatewaySchema)
    .addSource(source, { optional: true })
    .withOverrides({ server: { port: 1 } });
  const validator = new ConfigValidator(gatewaySchema);
  await using manager = await createManager({ loader, validator, watch: false });

  const { health, reasons, sources } = manager.status;
  source.isAway = false;
  await manager.reload();

  expect([health, ...reasons]).toEqual([
    "degraded",
    "llmcfg:llm-gateway is unreachable, and skipped: it is optional",
  ]);
  expect(sources.find(({ id }) => id === source.id)?.state).toBe("unreachable");
  expect(manager.status).toMatchObject({ health: "ok", reasons: [] });
});

test("LOAD-17 LOAD-4 an optional source that is missing is as it should be", async () => {
  await using folder = await Folder.create();
  const loader = new ConfigLoader(gatewaySchema)
    .addFile(folder.at("none.yaml"), { optional: true })
    .withOverrides({ server: { port: 1 } });
  const validator = new ConfigValidator(gatewaySchema);
  await using manager = await createManager({ loader, validator, watch: false });

  const { health, sources } = manager.status;

  expect(health).toBe("ok");
  expect(sources.map(({ state }) => state)).toContain("missing");
});

async function managed(folder: Folder): Promise<{
  readonly manager: ConfigManager<Gateway>;
  readonly file: string;
  readonly over: string;
}> {
  const file = await folder.write("gateway.yaml", "server: { host: one }\n");
  const over = await folder.write("over.yaml", "server: { port: 1 }\n");
  const loader = new ConfigLoader(gatewaySchema).addFile(file).addFile(over);
  const validator = new ConfigValidator(gatewaySchema);
  return { manager: await createManager({ loader, validator, watch: false }), file, over };
}

function statesOf(manager: ConfigManager<Gateway>): Readonly<Record<string, string>> {
  return Object.fromEntries(manager.status.sources.map(({ id, state }) => [id, state]));
}

function refusalsOf(manager: ConfigManager<Gateway>): readonly string[] {
  const { nearMisses } = manager.explain("server.port");
  return nearMisses.map(({ what, why }) => `${what}: ${why}`);
}
