import {
  type BusinessRule,
  ConfigLoader,
  type ConfigManager,
  type ConfigSource,
  ConfigValidator,
  createManager,
  type DeepPartial,
  type ManagerOptions,
} from "@llmcfg/config";
import { noAuditSink } from "./rules/no-audit-sink.ts";
import { rules } from "./rules/rules.ts";
import { someAuthentication } from "./rules/some-authentication.ts";
import { type GatewayConfig, gatewaySchema } from "./schema/root.ts";

export interface StartGatewayOptions {
  /** One or more files, weakest first. */
  readonly file: string | readonly string[];
  /** `GATEWAY_` by default; false leaves the environment out. */
  readonly envPrefix?: string | false;
  /** Sources of one's own, such as the control plane: above files, below the environment. */
  readonly sources?: readonly ConfigSource[];
  /** Strongest of all. */
  readonly overrides?: DeepPartial<GatewayConfig>;
  readonly rules?: GatewayRules;
  /** Secrets in the configuration itself, and authentication without providers, are errors. */
  readonly strict?: boolean;
  /** Checks, and stops there: nothing is watched and nothing is recorded. */
  readonly checkOnly?: boolean;
  readonly manager?: Partial<Omit<ManagerOptions<GatewayConfig>, "loader" | "validator">>;
}

/** The business rules: two providers at least and a model for each pattern, unless it says else. */
export interface GatewayRules {
  readonly providerRedundancy?: { readonly min: number } | false;
  readonly modelCoverage?: false;
  readonly extra?: readonly BusinessRule<GatewayConfig>[];
}

/**
 * The configuration of a gateway, loaded, checked and kept up to date: the order of BOOT-1.
 *
 * A reload is also asked for by SIGHUP, unless `manager.signals` is false. The manager is the
 * caller's to stop.
 *
 * @throws {ConfigLoadError} where a source failed
 * @throws {ConfigValidationError} for a configuration that is not valid, with every finding; then
 *   nothing is left open
 * @example
 * ```ts
 * await using gateway = await startGatewayConfig({ file: "/etc/gateway/gateway.yaml" });
 * gateway.select((config) => config.providers, (providers) => balancer.update(providers));
 * ```
 */
export async function startGatewayConfig(
  options: StartGatewayOptions,
): Promise<ConfigManager<GatewayConfig>> {
  const manager = await createManager({
    signals: options.checkOnly !== true,
    ...options.manager,
    loader: createLoader(options),
    validator: createValidator(options),
  });
  if (options.checkOnly === true) return manager;
  try {
    await manager.start();
    return manager;
  } catch (error) {
    await manager.stop();
    throw error;
  }
}

function createLoader(options: StartGatewayOptions): ConfigLoader<GatewayConfig> {
  const { file, envPrefix, sources = [], overrides, strict = false } = options;
  const loader = new ConfigLoader(gatewaySchema, { strict });
  for (const path of typeof file === "string" ? [file] : file) loader.addFile(path);
  for (const source of sources) loader.addSource(source);
  if (envPrefix !== false) loader.addEnv(envPrefix === undefined ? {} : { prefix: envPrefix });
  if (overrides !== undefined) loader.withOverrides(overrides);
  return loader;
}

function createValidator(options: StartGatewayOptions): ConfigValidator<GatewayConfig> {
  const { providerRedundancy, modelCoverage, extra = [] } = options.rules ?? {};
  const validator = new ConfigValidator(gatewaySchema);
  if (providerRedundancy !== false) {
    validator.addRule(rules.providerRedundancy(providerRedundancy?.min));
  }
  if (modelCoverage !== false) validator.addRule(rules.modelCoverage());
  if (options.checkOnly !== true) validator.addRule(noAuditSink());
  if (options.strict === true) validator.addRule(someAuthentication());
  for (const rule of extra) validator.addRule(rule);
  return validator;
}
