import {
  type BusinessRule,
  ConfigError,
  ConfigLoader,
  type ConfigManager,
  type ConfigSource,
  ConfigValidator,
  createManager,
  type DeepPartial,
  type ManagerOptions,
  type RemoteSourceOptions,
} from "@llmcfg/config";
import { auditByConfig } from "./audit/audit-by-config.ts";
import { auditSpool } from "./rules/audit-spool.ts";
import { rules } from "./rules/rules.ts";
import { someAuthentication } from "./rules/some-authentication.ts";
import { type GatewayConfig, gatewaySchema } from "./schema/root.ts";

/** Where a gateway's configuration comes from, and by which rules it is checked. */
export interface StartGatewayOptions {
  /** One or more files, weakest first. */
  readonly file: string | readonly string[];
  /** More files, above those: all of a directory, in byte order of their names. */
  readonly directory?: string;
  /** Above files, below the environment: a URL, etcd, Consul, Kubernetes. */
  readonly remote?: readonly RemoteSourceOptions[];
  /** `GATEWAY_` by default; false leaves the environment out. */
  readonly envPrefix?: string | false;
  /** Sources of one's own, such as the control plane: above files, below the environment. */
  readonly sources?: readonly ConfigSource[];
  /** Strongest of all. */
  readonly overrides?: DeepPartial<GatewayConfig>;
  readonly rules?: GatewayRules;
  /** Secrets in the configuration itself, and authentication without providers, are errors. */
  readonly strict?: boolean;
  /** Every warning is an error. */
  readonly warningsAsErrors?: boolean;
  /** A JSON Schema of one's own, draft-07 or 2020-12, that the merged document has to fit too. */
  readonly jsonSchema?: string | URL;
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
 * What `observability.audit` asks for is recorded, unless `manager.audit` says where.
 *
 * A reload is also asked for by SIGHUP, unless `manager.signals` is false. The manager is the
 * caller's to stop.
 *
 * @throws {ConfigError} `invalid_option` without `file`
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
    ...(options.checkOnly === true ? {} : { audit: auditByConfig(options.manager?.stateDir) }),
    ...options.manager,
    ...(options.checkOnly === true ? { bootPolicy: "fail" } : {}), // what is stored is not what is checked
    loader: createGatewayLoader(options),
    validator: createGatewayValidator(options),
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

/**
 * The sources of a gateway's configuration, as {@link startGatewayConfig} reads them.
 *
 * @throws {ConfigError} `invalid_option` without `file`, and others for a file or source that no
 *   loader takes
 */
export function createGatewayLoader(options: StartGatewayOptions): ConfigLoader<GatewayConfig> {
  const {
    file,
    directory,
    remote = [],
    envPrefix,
    sources = [],
    overrides,
    strict = false,
    warningsAsErrors = false,
  } = options;
  const loader = new ConfigLoader(gatewaySchema, { strict, warningsAsErrors });
  for (const path of filesOf(file)) loader.addFile(path);
  if (directory !== undefined) loader.addDirectory(directory);
  for (const source of remote) loader.addRemote(source);
  for (const source of sources) loader.addSource(source);
  if (envPrefix !== false) loader.addEnv(envPrefix === undefined ? {} : { prefix: envPrefix });
  if (overrides !== undefined) loader.withOverrides(overrides);
  return loader;
}

/** Callers in JavaScript may have forgotten it. */
function filesOf(file: unknown): readonly string[] {
  const files: readonly unknown[] = Array.isArray(file) ? file : [file];
  if (files.every((path) => typeof path === "string")) return files;
  throw new ConfigError("invalid_option", "the option file is no path and no list of paths", {
    hint: 'give for example { file: "/etc/gateway/gateway.yaml" }; { file: [] } where there is none',
  });
}

/** The business rules of a gateway, as {@link startGatewayConfig} asks them. */
export function createGatewayValidator(
  options: Omit<StartGatewayOptions, "file">,
): ConfigValidator<GatewayConfig> {
  const { providerRedundancy, modelCoverage, extra = [] } = options.rules ?? {};
  const validator = new ConfigValidator(gatewaySchema);
  if (options.jsonSchema !== undefined) validator.withJsonSchema(options.jsonSchema);
  if (providerRedundancy !== false) {
    validator.addRule(rules.providerRedundancy(providerRedundancy?.min));
  }
  if (modelCoverage !== false) validator.addRule(rules.modelCoverage());
  if (options.checkOnly !== true) validator.addRule(auditSpool(options.manager?.stateDir));
  if (options.strict === true) validator.addRule(someAuthentication());
  for (const rule of extra) validator.addRule(rule);
  return validator;
}
