import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "../clock.ts";
import { type FileSystem, nodeFileSystem } from "../file-system.ts";
import type { Limits } from "../formats/limits.ts";
import { TextParser } from "../formats/text-parser.ts";
import type { ValueTree } from "../merge/tree.ts";
import { ReferencedFiles } from "../references/referenced-files.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import { type CacheResult, cached } from "../secrets/cached.ts";
import { type SecretBackends, SecretStore } from "../secrets/secret-store.ts";
import type { BackendTools } from "../secrets/secrets-backend.ts";
import type { SecretsManager } from "../secrets/secrets-manager.ts";
import type { ConfigSource, SourceDocument } from "../sources/config-source.ts";
import { DirectorySource } from "../sources/directory-source.ts";
import {
  EnvironmentSource,
  type EnvSourceOptions,
} from "../sources/environment/environment-source.ts";
import { FileSource, type FileSourceOptions } from "../sources/file-source.ts";
import type { FileSeams } from "../sources/files/file-reader.ts";
import { locateOverrides } from "../sources/locate-overrides.ts";
import type { Located } from "../sources/located.ts";
import { parseDocument } from "../sources/parse-document.ts";
import type { PathSource } from "../sources/path-source.ts";
import { processVariables, type Variables } from "../sources/process-variables.ts";
import { createRemoteSource } from "../sources/remote/create-remote-source.ts";
import type { RemoteSourceOptions } from "../sources/remote/remote-options.ts";
import type { TextTools } from "../sources/text-tools.ts";
import type { UnknownKeys } from "../validate/check-structure.ts";
import type { ExternalSchema } from "../validate/json-schema/external-schema.ts";
import { ownMember } from "../values/own-member.ts";
import { type BuildOptions, type BuildTools, buildCandidate } from "./build-candidate.ts";
import { BuildMemory } from "./build-memory.ts";
import type { Candidate } from "./candidate.ts";
import { DocumentManagers } from "./document-managers.ts";
import { type ReadResult, readSources } from "./read-sources.ts";
import { SourceList } from "./source-list.ts";
import { BANDS, type LayerContent, type RankedSource, type SourceState } from "./source-state.ts";
import { toldFailures } from "./told-failures.ts";
import { type ToldSources, toldSources } from "./told-sources.ts";

/** How strictly a loader reads, and where from. */
export interface LoaderOptions {
  /** What becomes of keys that the schema does not know; default `error`. */
  readonly unknownKeys?: UnknownKeys;
  /** Makes secrets that stand in the configuration itself an error instead of a warning. */
  readonly strict?: boolean;
  /** Makes every warning an error. */
  readonly warningsAsErrors?: boolean;
  readonly limits?: Partial<Limits>;
  /** Directories that `${file:…}` may read from; default: any absolute path. */
  readonly fileRefRoots?: readonly string[];
  /** Seams for tests. */
  readonly clock?: Clock;
  /** From 0 to below 1. */
  readonly random?: () => number;
  readonly fs?: FileSystem;
}

/** What whoever uses a loader asks of each of its candidates. */
export interface CandidateTerms {
  /** JSON Schemas that documents have to fit, beside the schema of the loader. */
  readonly jsonSchemas: readonly ExternalSchema[];
  /** False leaves secrets unresolved and unchecked, whatever a build says. */
  readonly resolveSecrets: boolean;
  /** What literal secrets are digested with for the checksum; without it they all count alike. */
  readonly checksumKey?: string | undefined;
}

/** What a loader has been told, and what it builds candidates with. */
export class LoaderCore<T> implements AsyncDisposable {
  readonly schema: DefinedSchema<T>;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly fs: FileSystem;
  readonly store: SecretStore;
  readonly #options: LoaderOptions;
  readonly #files: ReferencedFiles;
  readonly #sources = new SourceList();
  readonly #managers: DocumentManagers;
  readonly #patches: Located[] = [];
  readonly #parser = new TextParser();
  readonly #memory = new BuildMemory();
  /** Of hashes that are told; a fleet may share one instead. */
  readonly #ownKey = randomBytes(32).toString("hex");
  #settleTimeoutMs: number | undefined;
  #prefix: string | undefined;
  #environment: EnvSourceOptions | undefined;
  #terms: CandidateTerms = { jsonSchemas: [], resolveSecrets: true };

  constructor(schema: DefinedSchema<T>, options: LoaderOptions) {
    this.schema = schema;
    this.#options = options;
    this.#prefix = schema.envPrefix;
    this.clock = options.clock ?? systemClock;
    this.fs = options.fs ?? nodeFileSystem;
    this.random = options.random ?? Math.random;
    const variables = () => this.#variables();
    const { fileRefRoots: roots, limits } = options;
    this.#files = new ReferencedFiles({ fs: this.fs, roots, maxBytes: limits?.maxBytes });
    this.store = new SecretStore({ variables, fs: this.fs, files: this.#files, clock: this.clock });
    const tools = () => this.#backendTools();
    this.#managers = new DocumentManagers({ block: schema.secrets, tools });
  }

  addFile(path: string, options: FileSourceOptions): void {
    this.#addPaths(new FileSource(path, options, this.#fileSeams()), options);
  }

  addDirectory(path: string, options: FileSourceOptions): void {
    this.#addPaths(new DirectorySource(path, options, this.#fileSeams()), options);
  }

  addSource(
    source: ConfigSource,
    options: { readonly priority?: number; readonly optional?: boolean },
  ): void {
    const { priority = BANDS.remote, optional = false } = options;
    this.#sources.add({ type: "foreign", source }, source, { priority, optional });
    if (source.secrets !== undefined) this.#managers.addOfSource(source.secrets, source.kind);
  }

  addRemote(options: RemoteSourceOptions): void {
    const { priority = BANDS.remote, optional = false } = options;
    const source = createRemoteSource(options, { ...this.#backendTools(), ...this.#textTools() });
    this.addSource(source, { priority, optional });
  }

  addEnvironment(options: EnvSourceOptions): void {
    if (this.#environment !== undefined) throw new TypeError("the environment is added twice");
    this.#environment = options;
  }

  /** How long files may go on changing while they are read. */
  set settleTimeoutMs(ms: number) {
    this.#settleTimeoutMs = ms;
  }

  setPrefix(prefix: string): void {
    this.#prefix = prefix;
  }

  addOverrides(values: unknown): void {
    const at = new Date(this.clock.now()).toISOString();
    this.#patches.push(locateOverrides(values, { kind: "override", at }));
  }

  /** @param backend name in `${secret://backend/…}`; without it the manager is the default one */
  addManager(manager: SecretsManager, backend?: string): void {
    this.#managers.add(cached(manager, { clock: this.clock }), backend);
  }

  /**
   * All sources, strongest first.
   *
   * @throws {ConfigError} `no_sources`, `invalid_prefix`
   */
  ranked(): readonly RankedSource[] {
    return this.#sources.ranked(this.#environmentSource(), this.#patches.length > 0);
  }

  /** The overrides that were given before the first load. */
  initialOverrides(): LayerContent {
    const body = { type: "overrides", base: undefined, patches: [...this.#patches] } as const;
    return { hash: "initial", identity: "initial", revision: undefined, body };
  }

  async read(
    sources: readonly RankedSource[],
    options: {
      readonly previous: readonly SourceState[];
      readonly isBoot: boolean;
      readonly overrides: LayerContent;
      readonly signal: AbortSignal;
    },
  ): Promise<ReadResult> {
    const field = (path: string) => this.schema.field(path);
    const settleTimeoutMs = this.#settleTimeoutMs;
    const parse = (document: SourceDocument) => parseDocument(document, this.#textTools());
    const seams = { field, parse, clock: this.clock, settleTimeoutMs };
    const read = await readSources(sources, { ...options, ...seams });
    return { ...read, failures: toldFailures(read.failures, this.schema) };
  }

  async build(states: readonly SourceState[], options: BuildOptions): Promise<Candidate<T>> {
    const resolveSecrets = options.resolveSecrets && this.#terms.resolveSecrets;
    const memory = options.isOnce === true ? new BuildMemory({ isOnce: true }) : this.#memory;
    return await buildCandidate(states, this.#tools(memory), { ...options, resolveSecrets });
  }

  /** Holds for every candidate from now on. */
  setTerms(terms: Partial<CandidateTerms>): void {
    this.#terms = { ...this.#terms, ...terms };
  }

  /** Which content the sources delivered, as it may be told: in history and records. */
  toldSources(states: readonly SourceState[]): ToldSources {
    return toldSources(states, this.#terms.checksumKey ?? this.#ownKey);
  }

  /** How requests to the caches of all managers were answered. */
  get cacheRequests(): ReadonlyMap<CacheResult, number> {
    return this.#managers.cacheRequests;
  }

  get warningsAsErrors(): boolean {
    return this.#options.warningsAsErrors ?? false;
  }

  /**
   * The manager that the block of an expanded document asks for, made anew and told of by `onAnswer`;
   * nothing where another one answers for it.
   *
   * @throws {ConfigError} as {@link createBlockManager}
   */
  async openManager(
    tree: ValueTree,
    onAnswer: NonNullable<BackendTools["onAnswer"]>,
  ): Promise<SecretsManager | undefined> {
    const context = { segments: [], nodes: [this.schema.node], report: () => {} };
    return await this.#managers.open({ tree, context }, { onAnswer });
  }

  /** From now on these answer; managers that the library made for other blocks end. */
  async accept(backends: SecretBackends): Promise<void> {
    this.store.backends = backends;
    try {
      await this.#managers.keepOnly(backends);
    } catch {
      // Nothing uses them any more, and what is accepted is accepted.
    }
  }

  /** Ends what the library itself made; managers and sources that were handed over stay. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.store[Symbol.dispose]();
    await this.#parser[Symbol.asyncDispose]();
    await this.#managers[Symbol.asyncDispose]();
  }

  /** The prefix of variables, where the environment is a source. */
  get environmentPrefix(): string | undefined {
    return this.#environment === undefined ? undefined : (this.#environment.prefix ?? this.#prefix);
  }

  variable(name: string): string | undefined {
    return ownMember(this.#variables(), name);
  }

  #addPaths(source: PathSource, options: FileSourceOptions): void {
    const { priority = BANDS.file, optional = false } = options;
    this.#sources.add({ type: "file", source }, source, { priority, optional });
  }

  #fileSeams(): FileSeams {
    const { clock, fs } = this;
    const settleTimeoutMs = () => this.#settleTimeoutMs;
    return {
      clock,
      fs,
      ...this.#textTools(),
      get settleTimeoutMs() {
        return settleTimeoutMs(); // the manager that says so comes later than the source
      },
    };
  }

  #textTools(): TextTools {
    return { parser: this.#parser, limits: this.#options.limits };
  }

  #environmentSource() {
    const options = this.#environment;
    if (options === undefined) return undefined;
    const files = { fs: this.fs, maxBytes: this.#options.limits?.maxBytes };
    const source = new EnvironmentSource(this.environmentPrefix ?? "", options, files);
    return { source, priority: options.priority ?? BANDS.environment };
  }

  #variables(): Variables {
    return this.#environment?.variables ?? processVariables();
  }

  #tools(memory: BuildMemory): BuildTools<T> {
    const { schema, store, clock } = this;
    const { unknownKeys = "error", strict = false } = this.#options;
    return {
      schema,
      unknownKeys,
      strict,
      warningsAsErrors: this.warningsAsErrors,
      jsonSchemas: this.#terms.jsonSchemas,
      checksumKey: this.#terms.checksumKey,
      store,
      files: this.#files,
      clock,
      memory,
      variables: () => this.#variables(),
      backendsFor: (document, trial) => this.#managers.backendsFor(document, trial),
    };
  }

  #backendTools(): BackendTools {
    const { clock, fs } = this;
    return { clock, fs, random: this.random, variable: (name) => this.variable(name) };
  }
}
