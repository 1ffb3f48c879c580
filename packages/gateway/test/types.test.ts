import type { ConfigManager, DeepReadonly, Duration, SecretRef, Text } from "@llmcfg/config";
import type { GatewayConfig } from "@llmcfg/gateway";
import { expect, expectTypeOf, test } from "vitest";

type Current = ReturnType<ConfigManager<GatewayConfig>["current"]>;
type Provider = Current["providers"][number];

test("API-3 what is handed out has the types of the schema", () => {
  expectTypeOf<Current>().toEqualTypeOf<DeepReadonly<GatewayConfig>>();
  expectTypeOf<Current["server"]["port"]>().toEqualTypeOf<number>();
  expectTypeOf<Current["server"]["request_timeout"]>().toEqualTypeOf<Duration>();
  expectTypeOf<Current["server"]["tls_cert_path"]>().toEqualTypeOf<SecretRef | null>();
  expectTypeOf<Provider["endpoint"]>().toEqualTypeOf<Text>();
  expectTypeOf<Current["routing"]["enable_failover"]>().toEqualTypeOf<boolean>();
});

test("API-3 API-4 misuse does not compile", () => {
  const misuses = [
    // @ts-expect-error nothing of it can be assigned
    (config: Current) => (config.server.port = 1),
    // @ts-expect-error no list of it can be changed
    (config: Current) => config.providers.push(config.providers[0]),
    // @ts-expect-error there is no such member
    (config: Current) => config.server.prot,
    // @ts-expect-error a duration is no number
    (config: Current): number => config.server.request_timeout,
    // @ts-expect-error a secret is no text
    (provider: Extract<Provider["auth"], { type: "bearer" }>): string => provider.token,
    // @ts-expect-error an endpoint may be a handle
    (provider: Provider): string => provider.endpoint,
  ];

  expect(misuses).toHaveLength(6); // the compiler has looked at them
});
