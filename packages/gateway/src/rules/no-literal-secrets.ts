import { type BusinessRule, holdsLiteralText, isSecretRef, type SecretRef } from "@llmcfg/config";
import { isPublicRedisUrl } from "../schema/redis.ts";
import type { GatewayConfig } from "../schema/root.ts";

/** No secret stands in the configuration itself; each comes from where secrets are kept. */
export function noLiteralSecrets(): BusinessRule<GatewayConfig> {
  return {
    name: "no_literal_secrets",
    check(config, context) {
      for (const [path, secret] of secretsIn(config, "")) {
        const isPublic = path.endsWith("redis.url") ? isPublicRedisUrl : () => false;
        if (!holdsLiteralText(secret, isPublic)) continue;
        const what = secret.kind === "literal" ? "the secret" : "the default of the secret";
        context.report({
          path,
          message: `${what} stands in the configuration itself`,
          hint: "write a reference, such as ${secret:path} or ${env:NAME}",
        });
      }
    },
  };
}

function* secretsIn(
  value: unknown,
  path: string,
): Iterable<readonly [path: string, secret: SecretRef]> {
  if (isSecretRef(value)) yield [path, value];
  else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* secretsIn(item, `${path}[${i}]`);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const step = /[.["\]\\]/.test(name) ? JSON.stringify(name) : name;
      yield* secretsIn(member, path === "" ? step : `${path}.${step}`);
    }
  }
}
