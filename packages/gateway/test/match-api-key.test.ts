import { literalSecret } from "@llmcfg/config";
import { type ApiKey, type GatewayConfig, matchApiKey } from "@llmcfg/gateway";
import { expect, test } from "vitest";
import { configuration } from "./support/configuration.ts";

function key(id: string, text: string, expires_at: string | null = null): ApiKey {
  return { id, key: literalSecret(text), description: null, expires_at, metadata: {} };
}

function withKeys(...keys: readonly ApiKey[]): GatewayConfig {
  const base = configuration({ providers: [] });
  const authentication = {
    ...base.security.authentication,
    providers: [{ type: "api_key", name: "internal", keys }] as const,
  };
  return { ...base, security: { ...base.security, authentication } };
}

test("a key is found by its text, whole", async () => {
  const config = withKeys(key("ci", "gw_1234"), key("app", "gw_12345"));

  expect(await matchApiKey(config, "gw_12345")).toEqual({ provider: "internal", keyId: "app" });
  expect(await matchApiKey(config, "gw_123")).toBeUndefined();
  expect(await matchApiKey(config, "gw_1234 ")).toBeUndefined();
  expect(await matchApiKey(config, "")).toBeUndefined();
});

test("a key ends when it expires", async () => {
  const config = withKeys(key("ci", "gw_1234", "2026-11-22T10:00:00Z"));
  const at = (instant: string) => matchApiKey(config, "gw_1234", { now: new Date(instant) });

  expect(await at("2026-11-22T09:59:59.999Z")).toEqual({ provider: "internal", keyId: "ci" });
  expect(await at("2026-11-22T10:00:00Z")).toBeUndefined();
});

test("a key that rotates is read again, and the old one ends", async () => {
  let text = "gw_old";
  let secretVersion = 1;
  const rotating = {
    ...key("ci", ""),
    key: {
      kind: "secret",
      reference: "${secret:ci}",
      get secretVersion() {
        return secretVersion;
      },
      previous: undefined,
      reveal: async () => text,
      withBytes: async <R>(fn: (bytes: Uint8Array) => R | Promise<R>) =>
        await fn(new TextEncoder().encode(text)),
      onRotate: () => ({ active: true, unsubscribe() {}, [Symbol.dispose]() {} }),
      toJSON: () => "${secret:ci}",
    },
  } as const;
  const config = withKeys(rotating);
  expect(await matchApiKey(config, "gw_old")).toBeDefined();

  text = "gw_new";
  secretVersion = 2;

  expect(await matchApiKey(config, "gw_new")).toBeDefined();
  expect(await matchApiKey(config, "gw_old")).toBeUndefined();
});
