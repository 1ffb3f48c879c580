import {
  ConfigLoadError,
  ConfigLoader,
  ConfigValidationError,
  ConfigValidator,
  createReport,
  type ValidationReport,
} from "../../packages/config/src/index.ts";
import { type GatewayConfig, gatewaySchema } from "../../packages/gateway/src/index.ts";
import { MemorySecrets } from "../../tests/support/memory-secrets.ts";
import { type ConfigExample, type FindingExample, PROVIDERS, QUIET } from "./finding-example.ts";
import { memoryFiles } from "./memory-files.ts";

/** Everything that is found when an example is run; its files exist in memory alone. */
export async function reportOf(example: FindingExample): Promise<ValidationReport> {
  if ("run" in example) return createReport(await example.run());
  try {
    return await check(example);
  } catch (error) {
    if (error instanceof ConfigValidationError) return error.report;
    if (error instanceof ConfigLoadError) return createReport(error.findings);
    throw error;
  }
}

async function check(example: ConfigExample): Promise<ValidationReport> {
  const { rules = {}, jsonSchema, secrets } = example;
  const result = await loaderOf(example).load({ resolveSecrets: secrets !== undefined });
  const validator = new ConfigValidator(gatewaySchema);
  if (jsonSchema !== undefined) validator.withJsonSchema(jsonSchema);
  for (const rule of Object.values(rules)) validator.addRule(rule);
  return await validator.validate(result);
}

function loaderOf(example: ConfigExample): ConfigLoader<GatewayConfig> {
  const { path = "gateway.yaml", loaded = {}, beside = {}, variables = {}, secrets } = example;
  const texts = { ...loaded, ...beside, [path]: contentOf(example) };
  const files = Object.entries(texts).map(([name, text]) => [name, toBytes(text)] as const);
  const loader = new ConfigLoader(gatewaySchema, {
    ...example.options,
    fs: memoryFiles(new Map(files)),
  });
  for (const name of [path, ...Object.keys(loaded)]) loader.addFile(name);
  if (secrets !== undefined) loader.withSecretsManager(managerOf(secrets));
  return loader.addEnv({ variables });
}

function contentOf({ yaml, around }: ConfigExample): string | Uint8Array {
  if (typeof yaml !== "string" || around === "nothing") return yaml;
  const quiet = /^security:/m.test(yaml) ? "" : QUIET;
  return `${yaml}${around === "providers" ? PROVIDERS : ""}${quiet}`;
}

function toBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : text;
}

function managerOf(secrets: Readonly<Record<string, string>>): MemorySecrets {
  const manager = new MemorySecrets();
  for (const [path, text] of Object.entries(secrets)) manager.put(path, text);
  return manager;
}
