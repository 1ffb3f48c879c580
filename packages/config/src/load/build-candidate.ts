import type { Json } from "@llmcfg/core";
import type { Clock } from "../clock.ts";
import { ConfigError } from "../errors.ts";
import { DraftTree } from "../merge/draft-tree.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { treeJson } from "../merge/tree-json.ts";
import { formatConfigPath } from "../paths/config-path.ts";
import { expandReferences, filesIn } from "../references/expand.ts";
import { materialFaults, readMaterials } from "../references/material-faults.ts";
import { parseReferences } from "../references/reference.ts";
import type { ReferencedFiles } from "../references/referenced-files.ts";
import { type HandleUse, handlesIn, resolveHandles } from "../references/resolve-handles.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import { toDocument } from "../schema/document.ts";
import type { SecretBackends, SecretStore } from "../secrets/secret-store.ts";
import type { SourceContent } from "../sources/config-source.ts";
import { contentHash } from "../sources/content-hash.ts";
import type { Variables } from "../sources/process-variables.ts";
import { checkStructure, type UnknownKeys } from "../validate/check-structure.ts";
import type { Fault } from "../validate/fault.ts";
import type { Finding } from "../validate/finding.ts";
import { faultsBeforeSecrets, faultsOfSecrets } from "../validate/json-schema/external-faults.ts";
import type { ExternalSchema } from "../validate/json-schema/external-schema.ts";
import type { SkippedCheck } from "../validate/report.ts";
import { runCrossChecks } from "../validate/run-cross-checks.ts";
import { Snippets } from "../validate/snippet.ts";
import { toFinding } from "../validate/to-finding.ts";
import type { AcceptedValue, BuildStage, Candidate, ExpansionRecord, Layer } from "./candidate.ts";
import { checksumOf, documentOf, withLiteralDigests } from "./document-of.ts";
import { mergeStates } from "./merge-states.ts";
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
  readonly variables: () => Variables;
  /** The managers that answer for this document. */
  readonly backendsFor: (document: TreeDocument) => Promise<SecretBackends>;
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
  readonly #variables = new Map<string, string | undefined>();
  readonly #files = new Map<string, string>();
  #stage: BuildStage = "merge";
  #failedStage: BuildStage | undefined;
  #skipped: readonly SkippedCheck[] = [];

  constructor(states: readonly SourceState[], tools: BuildTools<T>, options: BuildOptions) {
    this.#states = states;
    this.#tools = tools;
    this.#options = options;
    const report = (fault: Fault) => this.#report(fault);
    this.#context = { segments: [], nodes: [tools.schema.node], report };
  }

  async build(): Promise<Candidate<T>> {
    const given = this.#givenFindings();
    const { layers, tree: merged, ignored } = mergeStates(this.#states, this.#context);
    const tree = this.#derive(await this.#expand(merged));

    this.#stage = "structure";
    const config = this.#checkStructure(tree);
    this.#checkExternal(tree);

    this.#stage = "cross_field";
    const document = config === undefined ? treeJson(tree) : toDocument(config);
    this.#crossCheck(tree, document, layers);

    this.#stage = "references";
    let backends: SecretBackends = { named: new Map(), default: undefined };
    if (this.#failedStage === undefined) backends = await this.#resolve(tree, document);

    const isGood = this.#failedStage === undefined;
    return {
      states: this.#states,
      layers,
      tree,
      ignored,
      expansions: this.#expansions(),
      backends,
      findings: [...given, ...this.#findings(tree)],
      skipped: this.#skipped,
      failedStage: this.#failedStage,
      isTransient: this.#isTransient(),
      accepted: isGood ? this.#accept(config as T, tree) : undefined, // it fits the schema
    };
  }

  #report(fault: Fault): void {
    const { strict, warningsAsErrors } = this.#tools;
    const isError = warningsAsErrors || (strict && fault.code === "literal_secret");
    const severity = isError ? "error" : fault.severity;
    if (severity === "error") this.#failedStage ??= this.#stage;
    this.#faults.push({ ...fault, severity });
  }

  async #expand(tree: ValueTree): Promise<ValueTree> {
    const { store, variables } = this.#tools;
    const texts = await this.#readFiles(filesIn(tree, this.#context));
    return expandReferences(tree, {
      ...this.#context,
      inputs: {
        variable: (name) => {
          const text = variables()[name];
          this.#variables.set(name, text);
          return text;
        },
        file: (path) =>
          texts.get(path) ?? new ConfigError("file_unreadable", `${path} was not read`),
        handle: (reference, text) => store.handleFor(reference, text),
        materialFile: (path) => store.materialFile(path),
      },
    });
  }

  async #readFiles(paths: ReadonlySet<string>): Promise<ReadonlyMap<string, string | ConfigError>> {
    const read = [...paths].map(async (path) => [path, await this.#readFile(path)] as const);
    return new Map(await Promise.all(read));
  }

  async #readFile(path: string): Promise<string | ConfigError> {
    try {
      const bytes = await this.#tools.files.read(path);
      this.#files.set(path, contentHash(bytes));
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r?\n$/, "");
    } catch (error) {
      if (error instanceof ConfigError) return error;
      const options = { cause: error };
      return new ConfigError("file_unreadable", `the file ${path} cannot be read as text`, options);
    }
  }

  #derive(tree: ValueTree): ValueTree {
    const { derive } = this.#tools.schema;
    if (derive === undefined) return tree;
    const draft = new DraftTree(tree, this.#context);
    derive(draft);
    return draft.tree;
  }

  /** Faults at places that have one already only repeat it. */
  #checkStructure(tree: ValueTree): unknown {
    const { schema, unknownKeys } = this.#tools;
    const known = new Set(this.#faults.map(({ segments }) => JSON.stringify(segments)));
    const report = (fault: Fault) => {
      if (!known.has(JSON.stringify(fault.segments))) this.#report(fault);
    };
    return checkStructure(tree, { ...this.#context, report }, { root: schema.root, unknownKeys });
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
    const { store } = this.#tools;
    const uses = handlesIn(tree, this.#context);
    for (const { segments, handle, tree: place } of uses) {
      const message = handle.kind === "secret" ? unresolvable(handle.reference, store) : undefined;
      if (message === undefined) continue;
      const code = "unresolvable_reference";
      this.#report({
        kind: "cross_field_validation",
        severity: "error",
        code,
        segments,
        message,
        place,
        result: {
          type: "invalid_secret_reference",
          path: formatConfigPath(segments),
          reference: handle.reference,
        },
      });
    }
    if (this.#failedStage !== undefined || !this.#options.resolveSecrets) return;
    const { refreshSecrets: refresh, signal } = this.#options;
    for (const fault of await resolveHandles(uses, { refresh, signal })) this.#report(fault);
    if (this.#failedStage === undefined) await this.#checkMaterials(uses, tree, document);
  }

  /** What can be told of secrets only once they are known, and not by each by itself. */
  async #checkMaterials(
    uses: readonly HandleUse[],
    tree: ValueTree,
    document: Json,
  ): Promise<void> {
    const { schema, jsonSchemas } = this.#tools;
    if (schema.materialRules.length + jsonSchemas.length === 0) return;
    const materials = await readMaterials(uses, this.#options.signal);
    const input = { document, tree, context: this.#context, materials };
    for (const fault of materialFaults(schema.materialRules, input)) this.#report(fault);
    for (const fault of faultsOfSecrets(jsonSchemas, input, materials)) this.#report(fault);
  }

  async #backends(
    document: TreeDocument,
    backendsFor: BuildTools<T>["backendsFor"],
  ): Promise<SecretBackends> {
    try {
      return await backendsFor(document);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { code, message, hint } = error;
      this.#report({
        kind: "cross_field_validation",
        severity: "error",
        code,
        segments: [],
        message,
        hint,
      });
      return { named: new Map(), default: undefined };
    }
  }

  #accept(config: T, tree: ValueTree): AcceptedValue<T> {
    const document = documentOf(config, tree);
    const { checksumKey: key, schema } = this.#tools;
    const counted = key === undefined ? document : withLiteralDigests(document, config, key);
    const version = (document as { readonly version?: unknown }).version; // the root is an object
    return {
      config,
      document,
      checksum: checksumOf(counted, schema.node),
      label: typeof version === "string" ? version : undefined,
    };
  }

  #isTransient(): boolean {
    const errors = this.#faults.filter(({ severity }) => severity === "error");
    return errors.length > 0 && errors.every(({ code }) => TRANSIENT.has(code));
  }

  #expansions(): ExpansionRecord {
    return { variables: this.#variables, files: this.#files };
  }

  get #located(): readonly SourceContent[] {
    return this.#states.flatMap(({ content }) =>
      content?.body.type === "located" ? [content.body.content] : [],
    );
  }

  /** What the sources themselves have to say of their content. */
  #givenFindings(): readonly Finding[] {
    const { warningsAsErrors, schema } = this.#tools;
    const findings = this.#located.flatMap(({ findings: own }) => own ?? []);
    if (warningsAsErrors && findings.length > 0) this.#failedStage ??= "parse";
    return findings.map((finding): Finding => {
      const help = schema.help(finding.code);
      const severity = warningsAsErrors ? "error" : finding.severity;
      return { ...finding, severity, ...(help === undefined ? {} : { help }) };
    });
  }

  #findings(tree: ValueTree): readonly Finding[] {
    const texts = new Map(this.#located.flatMap(({ texts: own }) => [...(own ?? [])]));
    const context = { ...this.#context, report: () => {} };
    const snippets = new Snippets(texts, tree, context);
    const { help } = this.#tools.schema;
    return this.#faults.map((fault) => toFinding(fault, { tree, context, snippets, help }));
  }
}

function unresolvable(text: string, store: SecretStore): string | undefined {
  const [part] = parseReferences(text);
  if (part?.type !== "reference") return undefined;
  const fault = store.faultOf(part.reference);
  return fault === undefined ? undefined : `${text} leads nowhere: ${fault}`;
}

/** What may be mended without any change of the sources: a backend comes back, a file appears. */
const TRANSIENT: ReadonlySet<string> = new Set([
  "secret_unavailable",
  "invalid_secret",
  "file_unreadable",
]);
