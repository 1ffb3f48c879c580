/**
 * The errors that this library raises on purpose.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
import type { ConfigPath } from "./schema/config-types.ts";
import type { Finding } from "./validate/finding.ts";
import type { ValidationReport } from "./validate/report.ts";

/** What is told of an error beside its message. */
export interface ConfigErrorOptions extends ErrorOptions {
  /** What to write or do instead, as half a sentence: `write "30s" or "30ms"`. */
  readonly hint?: string | undefined;
}

/**
 * What this library throws on purpose. A caller switches on {@link ConfigError.code}.
 *
 * Neither message nor hint holds a secret; the cause may be shown to whoever may read the sources.
 */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
  /** In snake_case: `duration_without_unit`. */
  readonly code: string;
  declare readonly hint?: string;

  constructor(code: string, message: string, options: ConfigErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }

  toJSON(): Json {
    const { name, code, message, hint } = this;
    return hint === undefined ? { name, code, message } : { name, code, message, hint };
  }
}

/** A source that is required delivered nothing, or nothing that can be read. */
export class ConfigLoadError extends ConfigError {
  override readonly name = "ConfigLoadError";
  /** Id of the first source that failed. */
  readonly source: string;
  /** What is wrong, of every source that failed. */
  readonly findings: readonly Finding[];

  constructor(
    code: string,
    message: string,
    about: ConfigErrorOptions & { readonly source: string; readonly findings?: readonly Finding[] },
  ) {
    super(code, message, about);
    this.source = about.source;
    this.findings = about.findings ?? [];
  }
}

/** The configuration is invalid; the report has every finding. */
export class ConfigValidationError extends ConfigError {
  override readonly name = "ConfigValidationError";
  readonly report: ValidationReport;

  constructor(report: ValidationReport, options?: ConfigErrorOptions) {
    const count = report.errors.length;
    const errors = count === 1 ? "1 error" : `${count} errors`;
    super("invalid_configuration", `the configuration has ${errors}\n${report.format()}`, options);
    this.report = report;
  }

  override toJSON(): Json {
    const { name, code, report, hint } = this;
    return { name, code, report: report.toJSON(), ...(hint === undefined ? {} : { hint }) };
  }
}

/** Secrets that were asked for cannot be revealed. */
export class SecretResolutionError extends ConfigError {
  override readonly name = "SecretResolutionError";
  readonly failures: readonly { readonly path: ConfigPath; readonly reference: string }[];

  constructor(failures: SecretResolutionError["failures"], options?: ConfigErrorOptions) {
    const list = failures.map(({ path, reference }) => `${path} (${reference})`).join(", ");
    super("secrets_unavailable", `these secrets cannot be resolved: ${list}`, options);
    this.failures = failures;
  }
}

/** The version to roll back to cannot be found. */
export class RollbackError extends ConfigError {
  override readonly name = "RollbackError";
}
