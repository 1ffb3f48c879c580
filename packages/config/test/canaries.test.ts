import { inspect } from "node:util";
import { ConfigLoader, ConfigValidator, createManager } from "@llmcfg/config";
import { cached, createSecretMaterial, type SecretsManager } from "@llmcfg/config/secrets";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { eventsOf } from "./support/manage.ts";
import { MemorySource } from "./support/memory-source.ts";

const CANARIES = [
  "sk-canary-backend",
  "sk-canary-file",
  "sk-canary-env",
  "sk-canary-literal",
  "sk-canary-default",
  "sk-canary-other-default",
];

test("SEC-6 TNT-1 no secret comes out of anything but what reveals it", async () => {
  await using folder = await Folder.create();
  const keyFile = await folder.write("key", "sk-canary-file\n");
  const file = await folder.write(
    "gateway.yaml",
    [
      "providers:",
      '  - {id: a, key: "${secret:a}"}',
      `  - {id: b, key: "\${file:${keyFile}}"}`,
      '  - {id: c, key: "${env:KEY}"}',
      "  - {id: d, key: sk-canary-literal}",
      '  - {id: g, key: "${env:UNSET_KEY:-sk-canary-default}"}',
      'extensions: {deep: ["${secret:a}"]}',
    ].join("\n"),
  );
  const source = new MemorySource({ server: { host: "one" } });
  const loader = new ConfigLoader(gatewaySchema)
    .addFile(file)
    .addSource(source)
    .addEnv({ variables: { KEY: "sk-canary-env", GATEWAY_PROVIDERS__C__KEY: "sk-canary-env" } })
    .withSecretsManager(canaryBackend());
  await using manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
  });
  const events = eventsOf(manager);
  const notifications: unknown[] = [];
  manager.subscribe((n) => {
    notifications.push(n);
  });
  const results = [
    await manager.set({ providers: { $merge: { d: { key: "sk-canary-literal" } } } }),
    await manager.set({
      server: { host: "two" },
      providers: { $append: [{ id: "e", key: "sk-canary-literal" }] },
    }),
    await manager.set({
      providers: { $append: [{ id: "f", key: "sk-canary-literal", wieght: 1 }] },
    }),
    await manager.set({ server: { port: "sk-canary-literal" as unknown as number } }),
    await manager.rollback(0),
    await manager.set({
      providers: { $merge: { a: { key: "${env:UNSET_KEY:-sk-canary-other-default}" } } },
    }),
  ];
  const plan = await manager.plan({
    overrides: { providers: { $merge: { g: { key: "${env:UNSET_KEY:-sk-canary-third}" } } } },
  });

  expect(plan.valid).toBe(true);
  const explained = [
    "providers",
    "providers[a].key",
    "providers[d].key",
    "providers[e]",
    "providers[g].key",
    "extensions",
  ].map((path) => {
    const explanation = manager.explain(path);
    return [explanation, explanation.format()];
  });
  const shown = [
    manager.current(),
    manager.effective(),
    manager.snapshot(),
    manager.status,
    manager.history.list(),
    manager.metrics(),
    manager.diff({ version: 1 }, "current"),
    manager.diff({ version: 1 }, "current").toJsonPatch(),
    plan,
    plan.format(),
    results,
    results.map(({ errors }) => errors),
    events,
    notifications,
    explained,
    source.outcomes,
    structuredClone(manager.current().providers[0]?.key),
    await loader.load(),
    (await loader.load()).report.format(),
  ];

  const printed = shown
    .map((value) => `${inspect(value, { depth: 20, showHidden: false })}\n${JSON.stringify(value)}`)
    .join("\n");
  for (const canary of [...CANARIES, "sk-canary-third"]) {
    for (const form of [
      canary,
      Buffer.from(canary).toString("base64"),
      Buffer.from(canary).toString("hex"),
    ]) {
      expect(printed).not.toContain(form);
    }
  }
  const revealed = await manager.resolveSecrets();
  expect(new Set(revealed.values())).toEqual(new Set(CANARIES));
});

function canaryBackend(): SecretsManager {
  return cached({
    kind: "canary",
    getSecret: async () => createSecretMaterial(new TextEncoder().encode("sk-canary-backend")),
    getSecrets: async () => new Map(),
    refresh: async () => {},
    [Symbol.asyncDispose]: async () => {},
  });
}
