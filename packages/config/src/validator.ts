import type { Json } from "@llmcfg/core";
import { LoaderCore } from "./load/loader-core.ts";
import type { LoadResult } from "./loader.ts";
import { checkRules, skippedRules } from "./reload/check-rules.ts";
import type { ConfigSchema } from "./schema/config-schema.ts";
import type { DeepReadonly } from "./schema/config-types.ts";
import { DefinedSchema } from "./schema/define-schema.ts";
import type { BusinessRule } from "./validate/business-rule.ts";
import type { Finding } from "./validate/finding.ts";
import { createReport, type ValidationReport } from "./validate/report.ts";

/** The business rules of an application, and validation without loading. */
export class ConfigValidator<T> {
  readonly #schema: ConfigSchema<T>;
  readonly #rules: BusinessRule<T>[] = [];

  constructor(schema: ConfigSchema<T>) {
    this.#schema = schema;
  }

  /** In the order they were added. */
  get rules(): readonly BusinessRule<T>[] {
    return this.#rules;
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
    if (isLoadResult<T>(input)) {
      const { warnings, skipped } = input.report;
      return createReport([...warnings, ...(await this.#check(core, input.config))], skipped);
    }
    core.addOverrides(input);
    const { signal } = new AbortController();
    const overrides = core.initialOverrides();
    const read = await core.read(core.ranked(), { previous: [], isBoot: true, overrides, signal });
    const options = { resolveSecrets: false, refreshSecrets: false, signal };
    const { accepted, findings, skipped } = await core.build(read.states, options);
    if (accepted === undefined) {
      return createReport(findings, [...skipped, ...skippedRules(this)]);
    }
    const config = accepted.config as DeepReadonly<T>; // nobody changes it
    return createReport([...findings, ...(await this.#check(core, config))], skipped);
  }

  async #check(core: LoaderCore<T>, config: DeepReadonly<T>): Promise<readonly Finding[]> {
    const tools = { core, rules: this.#rules, clock: core.clock };
    const at = { kind: "default" } as const;
    const tree = { type: "object", entries: new Map(), at, source: "default" } as const;
    return await checkRules(tools, config, { tree }, new AbortController().signal);
  }
}

/** A document is JSON, and so holds no function. */
function isLoadResult<T>(input: LoadResult<T> | Json): input is LoadResult<T> {
  return (
    typeof input === "object" &&
    input !== null &&
    "explain" in input &&
    typeof input.explain === "function"
  );
}
