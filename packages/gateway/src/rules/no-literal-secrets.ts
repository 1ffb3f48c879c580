import { type BusinessRule, isSecretRef, type SecretRef } from "@llmcfg/config";
import { isPublicRedisUrl } from "../schema/redis.ts";
import type { GatewayConfig } from "../schema/root.ts";

/** No secret stands in the configuration itself; each comes from where secrets are kept. */
export function noLiteralSecrets(): BusinessRule<GatewayConfig> {
  return {
    name: "no_literal_secrets",
    async check(config, context) {
      for (const [path, secret] of literalsIn(config, "")) {
        const isLiteral = secret.kind === "literal";
        const isRedis = path.endsWith("redis.url");
        // Which default a variable has cannot be seen here: most of Redis are local addresses.
        if (isRedis && (!isLiteral || isPublicRedisUrl(await secret.reveal()))) continue;
        const what = isLiteral ? "the secret" : "the default of the secret";
        context.report({
          path,
          message: `${what} stands in the configuration itself`,
          hint: "write a reference, such as ${secret:path} or ${env:NAME}",
        });
      }
    },
  };
}

/** As references to variables are shown whose default is a secret. */
const HAS_DEFAULT = /:-\[redacted\]\}$/;

function* literalsIn(
  value: unknown,
  path: string,
): Iterable<readonly [path: string, secret: SecretRef]> {
  if (isSecretRef(value)) {
    if (value.kind === "literal" || HAS_DEFAULT.test(value.reference)) yield [path, value];
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* literalsIn(item, `${path}[${i}]`);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const step = /[.["\]\\]/.test(name) ? JSON.stringify(name) : name;
      yield* literalsIn(member, path === "" ? step : `${path}.${step}`);
    }
  }
}
