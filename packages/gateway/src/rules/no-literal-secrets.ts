import { type BusinessRule, isSecretRef, type SecretRef } from "@llmcfg/config";
import { isPublicRedisUrl } from "../schema/redis.ts";
import type { GatewayConfig } from "../schema/root.ts";

/** No secret stands in the configuration itself; each comes from where secrets are kept. */
export function noLiteralSecrets(): BusinessRule<GatewayConfig> {
  return {
    name: "no_literal_secrets",
    async check(config, context) {
      for (const [path, secret] of literalsIn(config, "")) {
        if (path.endsWith("redis.url") && isPublicRedisUrl(await secret.reveal())) continue;
        context.report({
          path,
          message: "the secret stands in the configuration itself",
          hint: "write a reference, such as ${secret:path} or ${env:NAME}",
        });
      }
    },
  };
}

function* literalsIn(
  value: unknown,
  path: string,
): Iterable<readonly [path: string, secret: SecretRef]> {
  if (isSecretRef(value)) {
    if (value.kind === "literal") yield [path, value];
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* literalsIn(item, `${path}[${i}]`);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const step = /[.["\]\\]/.test(name) ? JSON.stringify(name) : name;
      yield* literalsIn(member, path === "" ? step : `${path}.${step}`);
    }
  }
}
