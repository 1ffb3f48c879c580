/**
 * Documents through the whole loader, as an application has them read.
 *
 * @module
 */

import {
  ConfigLoader,
  ConfigValidationError,
  type DeepReadonly,
  type Finding,
  type SecretsManager,
} from "@llmcfg/config";
import type { JsonObject } from "@llmcfg/core";
import { type GatewayConfig, gatewaySchema } from "@llmcfg/gateway";

/** A provider that is valid as it stands. */
export function providerDocument(members: JsonObject = {}): JsonObject {
  return {
    id: "openai",
    type: "openai",
    auth: { type: "api_key", key: "${env:OPENAI_KEY}" },
    models: [{ id: "gpt-4o" }, { id: "gpt-4o-mini" }],
    ...members,
  };
}

/** The least that is valid, and what the test is about. */
export function gatewayDocument(members: JsonObject = {}): JsonObject {
  return {
    providers: [providerDocument(), providerDocument({ id: "other" })],
    security: QUIET_SECURITY,
    ...members,
  };
}

/** Without the warning that nobody can be authenticated. */
export const QUIET_SECURITY: JsonObject = { authentication: { enabled: false } };

export function documentWithRules(...rules: readonly JsonObject[]): JsonObject {
  return gatewayDocument({ routing: { policy: { rules } } });
}

/** Takes the place of the one that a `secrets` block asks for: most backends are not built. */
export const UNASKED: SecretsManager = {
  kind: "unasked",
  getSecret: () => Promise.reject(new TypeError("secrets stay unresolved here")),
  getSecrets: () => Promise.reject(new TypeError("secrets stay unresolved here")),
  refresh: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

/** The typed configuration; secrets stay unresolved. */
export async function loadDocument(document: JsonObject): Promise<DeepReadonly<GatewayConfig>> {
  // Overrides are typed as parts of a configuration; what is wrong with these is the test's subject.
  const overrides = document as Parameters<ConfigLoader<GatewayConfig>["withOverrides"]>[0];
  const loader = new ConfigLoader(gatewaySchema).withOverrides(overrides);
  loader.withSecretsManager(UNASKED);
  const { config } = await loader.load({ resolveSecrets: false });
  return config;
}

/** Everything that validation has to say, errors first. */
export async function findingsOf(document: JsonObject): Promise<readonly Finding[]> {
  const overrides = document as Parameters<ConfigLoader<GatewayConfig>["withOverrides"]>[0];
  const loader = new ConfigLoader(gatewaySchema).withOverrides(overrides);
  loader.withSecretsManager(UNASKED);
  try {
    const { report } = await loader.load({ resolveSecrets: false });
    return report.warnings;
  } catch (error) {
    if (!(error instanceof ConfigValidationError)) throw error;
    return [...error.report.errors, ...error.report.warnings];
  }
}

/** `error unknown_provider routing.policy.rules[r].action.provider_id` of each finding. */
export async function faultsOf(document: JsonObject): Promise<readonly string[]> {
  const findings = await findingsOf(document);
  return findings.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
}
