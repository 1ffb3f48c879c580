import type { Json } from "@llmcfg/core";
import { ConfigValidationError } from "./errors.ts";
import { explain } from "./explain/explain.ts";
import type { Explanation } from "./explain/explanation.ts";
import type { Candidate } from "./load/candidate.ts";
import { deepFreeze } from "./load/deep-freeze.ts";
import { LoaderCore, type LoaderOptions } from "./load/loader-core.ts";
import { requireSources } from "./load/require-sources.ts";
import { BANDS } from "./load/source-state.ts";
import type { ConfigSchema } from "./schema/config-schema.ts";
import type { ConfigPath, DeepPartial, DeepReadonly } from "./schema/config-types.ts";
import { DefinedSchema } from "./schema/define-schema.ts";
import type { SecretsManager } from "./secrets/secrets-manager.ts";
import type { ConfigSource } from "./sources/config-source.ts";
import type { EnvSourceOptions } from "./sources/environment/environment-source.ts";
import type { FileSourceOptions } from "./sources/file-source.ts";
import type { RemoteSourceOptions } from "./sources/remote/remote-options.ts";
import { createReport, type ValidationReport } from "./validate/report.ts";

/** One source in the order of precedence. */
export interface PrecedenceEntry {
  /** 1 is the strongest. */
  readonly rank: number;
  readonly source: string;
  readonly kind: string;
  readonly priority: number;
  readonly optional: boolean;
}

/** What one load does beside reading the sources. */
export interface LoadOptions {
  /** Asks the backends again instead of their caches. */
  readonly refreshSecrets?: boolean;
  /** Default true; false leaves secrets unresolved and unchecked. */
  readonly resolveSecrets?: boolean;
  readonly signal?: AbortSignal;
}

/** A configuration that is valid, and where it comes from. */
export interface LoadResult<T> {
  readonly config: DeepReadonly<T>;
  /** Unresolved document: references as text, literals as `[redacted]`. */
  readonly document: Json;
  readonly checksum: string;
  readonly report: ValidationReport;
  explain(path: ConfigPath): Explanation;
}

/** Gives the validator what was loaded, for what a result does not show; nobody else. */
export let candidateOf: <T>(result: LoadResult<T>) => LoadedCandidate<T> | undefined;

export interface LoadedCandidate<T> {
  readonly candidate: Candidate<T>;
  readonly areSecretsResolved: boolean;
}

/** Gives the manager what a loader holds; nobody else. */
export let coreOf: <T>(loader: ConfigLoader<T>) => LoaderCore<T>;

/**
 * Loads a configuration from sources with a declared precedence, weakest to strongest: schema
 * defaults, files in the order added, sources of one's own and remote ones, environment, overrides.
 * The order in which `add…` methods of different kinds are called does not matter.
 *
 * Builder: every `add…` and `with…` returns the loader itself.
 */
export class ConfigLoader<T> {
  static {
    coreOf = (loader) => loader.#core;
  }

  readonly #core: LoaderCore<T>;

  constructor(schema: ConfigSchema<T>, options: LoaderOptions = {}) {
    this.#core = new LoaderCore(DefinedSchema.of(schema), options);
  }

  /**
   * @throws {ConfigError} `unsupported_extension`
   * @throws {TypeError} where the file is added already
   */
  addFile(path: string, options: FileSourceOptions = {}): this {
    this.#core.addFile(path, options);
    return this;
  }

  /**
   * The configuration files of one directory (`*.yaml`, `*.yml`, `*.toml`, `*.json`) in byte order of
   * their names, later ones stronger.
   *
   * @throws {TypeError} where the directory is added already
   */
  addDirectory(path: string, options: FileSourceOptions = {}): this {
    this.#core.addDirectory(path, options);
    return this;
  }

  /** Variables with a prefix; `__` separates levels: `GATEWAY_SERVER__PORT`. */
  addEnv(options: EnvSourceOptions = {}): this {
    this.#core.addEnvironment(options);
    return this;
  }

  /**
   * A document at a URL, keys of etcd or Consul, a ConfigMap or Secret of Kubernetes. It connects when
   * the configuration is loaded.
   *
   * @throws {ConfigError} `invalid_option`, with all that is wrong and what was expected
   * @throws {TypeError} where its id is taken
   */
  addRemote(options: RemoteSourceOptions): this {
    this.#core.addRemote(options);
    return this;
  }

  /**
   * Ranks as remote sources do, above files and below the environment, unless moved.
   *
   * @throws {TypeError} where its id is taken
   */
  addSource(
    source: ConfigSource,
    options: { readonly priority?: number; readonly optional?: boolean } = {},
  ): this {
    this.#core.addSource(source, options);
    return this;
  }

  /**
   * Strongest layer. May hold merge operators.
   *
   * @throws {ConfigError} `not_a_document` for what no document can hold: functions, dates, cycles
   */
  withOverrides(values: DeepPartial<T>): this {
    this.#core.addOverrides(values);
    return this;
  }

  /** In place of the prefix that the schema declares; one given to `addEnv` goes before it. */
  withEnvPrefix(prefix: string): this {
    this.#core.setPrefix(prefix);
    return this;
  }

  /** Default manager, or the one behind `${secret://backend/…}`. It is cached, and stays yours. */
  withSecretsManager(manager: SecretsManager, options: { readonly backend?: string } = {}): this {
    this.#core.addManager(manager, options.backend);
    return this;
  }

  /**
   * Strongest first; the schema's defaults are the last.
   *
   * @throws {ConfigError} `no_sources`
   */
  precedence(): readonly PrecedenceEntry[] {
    const sources = this.#core.ranked().map(({ id, kind, priority, optional }, index) => {
      return { rank: index + 1, source: id, kind, priority, optional };
    });
    const about = { source: "default", kind: "default", priority: BANDS.default, optional: false };
    return [...sources, { rank: sources.length + 1, ...about }];
  }

  /**
   * Reads, merges, validates, resolves.
   *
   * @throws {ConfigLoadError} where a source failed
   * @throws {ConfigValidationError} where the configuration is invalid, with every finding
   */
  async load(options: LoadOptions = {}): Promise<LoadResult<T>> {
    const core = this.#core;
    const signal = options.signal ?? new AbortController().signal;
    const overrides = core.initialOverrides();
    const read = await core.read(core.ranked(), { previous: [], isBoot: true, overrides, signal });
    requireSources(read.failures);
    const { refreshSecrets = false, resolveSecrets = true } = options;
    const build = { refreshSecrets, resolveSecrets, signal, isOnce: true };
    const candidate = await core.build(read.states, build);
    const result = toResult(candidate, core, resolveSecrets);
    core.store.backends = candidate.backends;
    return result;
  }
}

function toResult<T>(
  candidate: Candidate<T>,
  core: LoaderCore<T>,
  areSecretsResolved: boolean,
): LoadResult<T> {
  const report = createReport(candidate.findings, candidate.skipped);
  const { accepted } = candidate;
  if (accepted === undefined) throw new ConfigValidationError(report);
  const { document, checksum } = accepted;
  return new LoadedConfig<T>(
    {
      config: deepFreeze(accepted.config) as DeepReadonly<T>, // it is frozen
      document,
      checksum,
      report,
      explain: (path) =>
        explain(path, {
          ...candidate,
          schema: core.schema,
          envPrefix: core.environmentPrefix,
          isResolved: (handle) => core.store.isResolved(handle),
        }),
    },
    { candidate, areSecretsResolved },
  );
}

/** A result that knows what it was made from. */
class LoadedConfig<T> implements LoadResult<T> {
  static {
    candidateOf = <C>(result: LoadResult<C>) =>
      result instanceof LoadedConfig ? (result as LoadedConfig<C>).#loaded : undefined; // of the same schema
  }

  readonly config: DeepReadonly<T>;
  readonly document: Json;
  readonly checksum: string;
  readonly report: ValidationReport;
  readonly explain: LoadResult<T>["explain"];
  readonly #loaded: LoadedCandidate<T>;

  constructor(result: LoadResult<T>, loaded: LoadedCandidate<T>) {
    this.config = result.config;
    this.document = result.document;
    this.checksum = result.checksum;
    this.report = result.report;
    this.explain = (path) => result.explain(path);
    this.#loaded = loaded;
  }
}
