import { ConfigLoader, ConfigValidator, createManager } from "@llmcfg/config";
import { afterAll, describe, expect, test } from "vitest";
import { gatewaySchema } from "../../packages/config/test/support/gateway-schema.ts";
import { until } from "../../packages/config/test/support/until.ts";
import { testConfigSource, testDocumentSource } from "../conformance/ports/config-source.ts";
import { openKey, openPrefix } from "../support/opened-store.ts";
import { startConsul } from "../support/services/consul.ts";

const consul = await startConsul();
let opened = 0;

afterAll(async () => {
  await consul[Symbol.asyncDispose]();
});

testDocumentSource("a key of Consul", async () => {
  const key = `test-${++opened}/gateway.yaml`;
  return await openKey(consul, key, (address) => ({ kind: "consul", address, key }));
});

testConfigSource("a prefix of Consul", async () => {
  const prefix = `test-${++opened}/`;
  return await openPrefix(consul, prefix, (address) => ({ kind: "consul", address, prefix }));
});

describe("Consul", () => {
  test("LOAD-10 LOAD-16 a manager follows the keys below a prefix, folders left out", async () => {
    await consul.put("llm/gateway/", "");
    await consul.put("llm/gateway/server/port", "9000");
    await consul.put("llm/gateway-old/server/port", "1");
    const loader = new ConfigLoader(gatewaySchema).addRemote({
      kind: "consul",
      address: consul.url,
      prefix: "llm/gateway",
      datacenter: "dc1",
    });
    const validator = new ConfigValidator(gatewaySchema);
    await using manager = await createManager({ loader, validator });
    await manager.start();

    const before = manager.current().server.port;
    await consul.put("llm/gateway/server/port", "9001");
    await until("the change is accepted", () => manager.current().server.port === 9001);

    expect(before).toBe(9000);
    expect(manager.explain("server.port").format()).toMatch(/#llm\/gateway\/server\/port @[0-9]+/);
  });
});
