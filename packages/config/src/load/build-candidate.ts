import type { Json } from "@llmcfg/core";
import type { Clock } from "../clock.ts";
import { ConfigError } from "../errors.ts";
import { DraftTree } from "../merge/draft-tree.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { treeJson } from "../merge/tree-json.ts";
import type { ReferencedFiles } from "../references/referenced-files.ts";
import { handlesIn, resolveHandles } from "../references/resolve-handles.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import type { SecretBackends, SecretStore } from "../secrets/secret-store.ts";
import { maxConcurrencyOf, secretsBlockOf } from "../secrets/secrets-block-of.ts";
import type { Variables } from "../sources/process-variables.ts";
import { checkStructure, type UnknownKeys } from "../validate/check-structure.ts";
import type { Fault } from "../validate/fault.ts";
import type { Finding } from "../validate/finding.ts";
import { faultsBeforeSecrets } from "../validate/json-schema/external-faults.ts";
import type { ExternalSchema } from "../validate/json-schema/external-schema.ts";
import type { SkippedCheck } from "../validate/report.ts";
import { runCrossChecks } from "../validate/run-cross-checks.ts";
import { toFinding, withHelp } from "../validate/to-finding.ts";
import type { BuildMemory } from "./build-memory.ts";
import type { AcceptedValue, BuildStage, Candidate, Layer } from "./candidate.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { checksumInSteps, documentOf, withLiteralDigests } from "./document-of.ts";
import { Expansion } from "./expansion.ts";
import { mergeStates } from "./merge-states.ts";
import { backendsFault, checkMaterials, unresolvableFaults } from "./secret-faults.ts";
import { Slices } from "./slices.ts";
import { locatedContents, snippetsOf } from "./snippets-of.ts";
import type { SourceState } from "./source-state.ts";

/** What a candidate is built with, the same for all candidates of a loader. */
export interface BuildTools<T> {
  readonly schema: DefinedSchema<T>;
  readonly unknownKeys: UnknownKeys;
  readonly strict: boolean;
  readonly warningsAsErrors: boolean;
  /** Of the application's own. */
  readonly jsonSchemas: readonly ExternalSchema[];
  readonly checksumKey: string | undefined;
  readonly store: SecretStore;
  readonly files: ReferencedFiles;
  readonly clock: Clock;
  readonly memory: BuildMemory;
  readonly variables: () => Variables;
  /** The managers that answer for this document. */
  readonly backendsFor: (
    document: TreeDocument,
    trial: AsyncDisposableStack | undefined,
  ) => Promise<SecretBackends>;
}

/** A look at the merged document, for what must be known before references are resolved. */
export interface TreeDocument {
  readonly tree: ValueTree;
  readonly context: TreeContext;
}

export interface BuildOptions {
  readonly resolveSecrets: boolean;
  readonly refreshSecrets: boolean;
  readonly signal: AbortSignal;
  /** Whether nothing is built after it that it could be compared with. */
  readonly isOnce?: boolean;
  /** Of a candidate that will not be accepted, whatever it comes to: ends what is made for it alone. */
  readonly trial?: AsyncDisposableStack | undefined;
  /** Told when a stage begins. */
  readonly onStage?: ((stage: BuildStage) => void) | undefined;
}

/**
 * Builds a candidate from what the sources delivered, entirely aside: nothing that runs changes.
 *
 * Merge, structure and cross-field checks all run and all their findings are kept; secrets are
 * resolved only when these found no error.
 */
export async function buildCandidate<T>(
  states: readonly SourceState[],
  tools: BuildTools<T>,
  options: BuildOptions,
): Promise<Candidate<T>> {
  return await new CandidateBuilder(states, tools, options).build();
}

class CandidateBuilder<T> {
  readonly #states: readonly SourceState[];
  readonly #tools: BuildTools<T>;
  readonly #options: BuildOptions;
  readonly #faults: Fault[] = [];
  readonly #context: TreeContext;
  readonly #expansion: Expansion;
  #stage: BuildStage = "merge";
  #failedStage: BuildStage | undefined;
  #skipped: readonly SkippedCheck[] = [];

  constructor(states: readonly SourceState[], tools: BuildTools<T>, options: BuildOptions) {
    this.#states = states;
    this.#tools = tools;
    this.#options = options;
    this.#expansion = new Expansion(tools);
    const report = (fault: Fault) => this.#report(fault);
    this.#context = { segments: [], nodes: tools.schema.node.alone, report };
  }

  async build(): Promise<Candidate<T>> {
    this.#enter("merge");
    const given = this.#givenFindings();
    const slices = new Slices();
    const { memory } = this.#tools;
    const merging = mergeStates(this.#states, this.#context, memory.layers);
    const { layers, tree: merged, ignored } = await slices.run(merging);
    await slices.pause();
    const tree = this.#derive(await this.#expansion.expand(merged, this.#context, slices));
    await slices.pause();

    this.#enter("structure");
    const config = await slices.run(this.#checkStructure(tree));
    await slices.pause();
    this.#checkExternal(tree);
    await slices.pause();

    this.#enter("cross_field");
    const document =
      config === undefined ? treeJson(tree) : documentOf(config, undefined, memory.documents);
    await slices.pause();
    this.#crossCheck(tree, document, layers);

    this.#enter("references");
    let backends: SecretBackends = { named: new Map(), default: undefined };
    if (this.#failedStage === undefined) backends = await this.#resolve(tree, document);
    await slices.pause();

    const isGood = this.#failedStage === undefined;
    const accepted = isGood ? await slices.run(this.#accept(config as T, tree)) : undefined; // it fits the schema
    await slices.pause();
    return {
      states: this.#states,
      layers,
      merged,
      tree,
      ignored,
      expansions: this.#expansion.record,
      backends,
      findings: [...given, ...this.#findings(tree, layers)],
      skipped: this.#skipped,
      failedStage: this.#failedStage,
      isTransient: this.#isTransient(),
      accepted,
    };
  }

  #enter(stage: BuildStage): void {
    this.#stage = stage;
    this.#options.onStage?.(stage);
  }

  #report(fault: Fault): void {
    const { strict, warningsAsErrors } = this.#tools;
    const isError = warningsAsErrors || (strict && fault.code === "literal_secret");
    const severity = isError ? "error" : fault.severity;
    if (severity === "error") this.#failedStage ??= this.#stage;
    this.#faults.push({ ...fault, severity });
  }

  #reportAll(faults: readonly Fault[]): void {
    for (const fault of faults) this.#report(fault);
  }

  #derive(tree: ValueTree): ValueTree {
    const { derive } = this.#tools.schema;
    if (derive === undefined) return tree;
    const draft = new DraftTree(tree, this.#context);
    derive(draft);
    return draft.tree;
  }

  /** Faults at places that have one already only repeat it. */
  *#checkStructure(tree: ValueTree): Generator<void, unknown> {
    const { schema, unknownKeys, memory } = this.#tools;
    const known = new Set(this.#faults.map(({ segments }) => JSON.stringify(segments)));
    const report = (fault: Fault) => {
      if (!known.has(JSON.stringify(fault.segments))) this.#report(fault);
    };
    const options = { root: schema.root, unknownKeys, memory };
    return yield* checkStructure(tree, { ...this.#context, report }, options);
  }

  #checkExternal(tree: ValueTree): void {
    const known = new Set(this.#faults.map(({ segments }) => JSON.stringify(segments)));
    const { jsonSchemas } = this.#tools;
    for (const fault of faultsBeforeSecrets(jsonSchemas, { tree, context: this.#context })) {
      if (!known.has(JSON.stringify(fault.segments))) this.#report(fault);
    }
  }

  #crossCheck(tree: ValueTree, document: Json, layers: readonly Layer[]): void {
    const faults = [...this.#faults];
    const nowMs = this.#tools.clock.now();
    const input = { document, tree, context: this.#context, faults, layers, nowMs };
    this.#skipped = runCrossChecks(this.#tools.schema.crossChecks, input);
  }

  async #resolve(tree: ValueTree, document: Json): Promise<SecretBackends> {
    const { store, backendsFor } = this.#tools;
    const backends = await this.#backends({ tree, context: this.#context }, backendsFor);
    await store.tryWith(backends, () => this.#resolveWith(tree, document));
    return backends;
  }

  async #resolveWith(tree: ValueTree, document: Json): Promise<void> {
    const { store, schema, jsonSchemas } = this.#tools;
    const context = this.#context;
    const uses = handlesIn(tree, context);
    this.#reportAll(unresolvableFaults(uses, store));
    if (this.#failedStage !== undefined || !this.#options.resolveSecrets) return;
    const { refreshSecrets: refresh, signal } = this.#options;
    const maxConcurrency = maxConcurrencyOf(secretsBlockOf(tree, context, schema.secrets));
    this.#reportAll(await resolveHandles(uses, { refresh, maxConcurrency, signal }));
    if (this.#failedStage !== undefined) return;
    const { materialRules: rules } = schema;
    const input = { document, tree, context, rules, jsonSchemas, signal };
    this.#reportAll(await checkMaterials(uses, input));
  }

  async #backends(
    document: TreeDocument,
    backendsFor: BuildTools<T>["backendsFor"],
  ): Promise<SecretBackends> {
    try {
      return await backendsFor(document, this.#options.trial);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#report(backendsFault(error, this.#tools.schema.secrets));
      return { named: new Map(), default: undefined };
    }
  }

  *#accept(config: T, tree: ValueTree): Generator<void, AcceptedValue<T>> {
    const { checksumKey: key, schema, memory } = this.#tools;
    const made = documentOf(config, tree, memory.documents);
    yield;
    const document = deepFreeze(yield* memory.sharedDocument(made));
    memory.keepDocument(document);
    yield;
    const counted = key === undefined ? document : withLiteralDigests(document, config, key);
    yield;
    const checksum = yield* checksumInSteps(counted, schema.node, memory.canonicalTexts);
    yield;
    const version = (document as { readonly version?: unknown }).version; // the root is an object
    return {
      config,
      document,
      checksum,
      label: typeof version === "string" ? version : undefined,
    };
  }

  #isTransient(): boolean {
    const errors = this.#faults.filter(({ severity }) => severity === "error");
    return errors.length > 0 && errors.every(({ code }) => TRANSIENT.has(code));
  }

  /** What the sources themselves have to say of their content. */
  #givenFindings(): readonly Finding[] {
    const { warningsAsErrors, schema } = this.#tools;
    const findings = locatedContents(this.#states).flatMap(({ findings: own }) => own ?? []);
    if (warningsAsErrors && findings.length > 0) this.#failedStage ??= "parse";
    return findings.map((finding): Finding => {
      const severity = warningsAsErrors ? "error" : finding.severity;
      return withHelp({ ...finding, severity }, schema.help);
    });
  }

  #findings(tree: ValueTree, layers: readonly Layer[]): readonly Finding[] {
    const { help, node } = this.#tools.schema;
    const context = { ...this.#context, report: () => {} };
    const snippets = snippetsOf({ states: this.#states, layers, tree }, node);
    return this.#faults.map((fault) => toFinding(fault, { tree, context, snippets, help }));
  }
}

/** What may be mended without any change of the sources: a backend comes back, a file appears. */
const TRANSIENT: ReadonlySet<string> = new Set([
  "secret_unavailable",
  "invalid_secret",
  "file_unreadable",
]);
