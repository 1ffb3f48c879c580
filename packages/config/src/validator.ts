import type { Json } from "@llmcfg/core";
import { LoaderCore } from "./load/loader-core.ts";
import { type ShownCandidate, snippetsOf } from "./load/snippets-of.ts";
import { candidateOf, type LoadedCandidate, type LoadResult } from "./loader.ts";
import { DEFAULT_SOURCE, type TreeContext, type ValueTree } from "./merge/tree.ts";
import { readMaterials } from "./references/material-faults.ts";
import { handlesIn } from "./references/resolve-handles.ts";
import { checkRules, skippedRules } from "./reload/check-rules.ts";
import type { ConfigSchema } from "./schema/config-schema.ts";
import type { DeepReadonly } from "./schema/config-types.ts";
import { DefinedSchema } from "./schema/define-schema.ts";
import type { BusinessRule } from "./validate/business-rule.ts";
import type { Finding } from "./validate/finding.ts";
import { faultsBeforeSecrets, faultsOfSecrets } from "./validate/json-schema/external-faults.ts";
import { ExternalSchema } from "./validate/json-schema/external-schema.ts";
import { createReport, type ValidationReport } from "./validate/report.ts";
import { toFinding } from "./validate/to-finding.ts";

/** The business rules of an application, and validation without loading. */
export class ConfigValidator<T> {
  readonly #schema: ConfigSchema<T>;
  readonly #rules: BusinessRule<T>[] = [];
  readonly #jsonSchemas: ExternalSchema[] = [];

  constructor(schema: ConfigSchema<T>) {
    this.#schema = schema;
  }

  /** In the order they were added. */
  get rules(): readonly BusinessRule<T>[] {
    return this.#rules;
  }

  get jsonSchemas(): readonly ExternalSchema[] {
    return this.#jsonSchemas;
  }

  /**
   * Documents have to fit this JSON Schema too, in draft-07 or 2020-12: the merged one as it is
   * written, with `${env:…}` and `${file:…}` expanded and without defaults. What it says of texts is
   * held against what secret references resolve to. Patterns are those of RE2.
   *
   * @param schema the schema, or the file that has it as JSON
   * @throws {ConfigError} `invalid_json_schema` where it cannot be read, parsed or compiled
   */
  withJsonSchema(schema: string | URL | Readonly<Record<string, unknown>>): this {
    this.#jsonSchemas.push(new ExternalSchema(schema));
    return this;
  }

  /** The rule runs at boot and at every reload, once nothing else is wrong. */
  addRule(rule: BusinessRule<T>): this {
    this.#rules.push(rule);
    return this;
  }

  /**
   * Runs the rules on what was loaded; a document by itself is checked by the schema first. Secrets
   * of a document are not resolved, so references to any backend are reported.
   */
  async validate(input: LoadResult<T> | Json): Promise<ValidationReport> {
    const core = new LoaderCore(DefinedSchema.of(this.#schema), {});
    if (isLoadResult<T>(input)) return await this.#validateLoaded(core, input);
    core.setTerms({ jsonSchemas: this.#jsonSchemas });
    core.addOverrides(input);
    const { signal } = new AbortController();
    const overrides = core.initialOverrides();
    const read = await core.read(core.ranked(), { previous: [], isBoot: true, overrides, signal });
    const options = { resolveSecrets: false, refreshSecrets: false, signal, isOnce: true };
    const { accepted, findings, skipped } = await core.build(read.states, options);
    if (accepted === undefined) {
      return createReport(findings, [...skipped, ...skippedRules(this)]);
    }
    const config = accepted.config as DeepReadonly<T>; // nobody changes it
    return createReport([...findings, ...(await this.#check(core, config))], skipped);
  }

  async #validateLoaded(core: LoaderCore<T>, input: LoadResult<T>): Promise<ValidationReport> {
    const { warnings, skipped } = input.report;
    const loaded = candidateOf(input);
    const external = loaded === undefined ? [] : await this.#checkExternal(core, loaded);
    const findings = [...warnings, ...external];
    if (external.length > 0) return createReport(findings, [...skipped, ...skippedRules(this)]);
    const broken = await this.#check(core, input.config, loaded?.candidate);
    return createReport([...findings, ...broken], skipped);
  }

  async #checkExternal(
    core: LoaderCore<T>,
    { candidate, areSecretsResolved }: LoadedCandidate<T>,
  ): Promise<readonly Finding[]> {
    const context: TreeContext = { segments: [], nodes: [core.schema.node], report: () => {} };
    const { tree } = candidate;
    const uses = areSecretsResolved ? handlesIn(tree, context) : [];
    const materials = await readMaterials(uses, new AbortController().signal);
    const faults = [
      ...faultsBeforeSecrets(this.#jsonSchemas, { tree, context }),
      ...faultsOfSecrets(this.#jsonSchemas, { tree, context }, materials),
    ];
    const { help, node } = core.schema;
    const snippets = snippetsOf(candidate, node);
    return faults.map((fault) => toFinding(fault, { tree, context, snippets, help }));
  }

  async #check(
    core: LoaderCore<T>,
    config: DeepReadonly<T>,
    candidate: ShownCandidate = { tree: NOTHING, layers: [], states: [] },
  ): Promise<readonly Finding[]> {
    const tools = { core, rules: this.#rules, clock: core.clock };
    return await checkRules(tools, config, candidate, new AbortController().signal);
  }
}

/** In place of a tree that is not known: nothing has a position. */
const NOTHING: ValueTree = {
  type: "object",
  entries: new Map(),
  at: { kind: "default" },
  source: DEFAULT_SOURCE,
};

/** A document is JSON, and so holds no function. */
function isLoadResult<T>(input: LoadResult<T> | Json): input is LoadResult<T> {
  return (
    typeof input === "object" &&
    input !== null &&
    "explain" in input &&
    typeof input.explain === "function"
  );
}
