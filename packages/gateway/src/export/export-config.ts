import { ConfigError } from "@llmcfg/config";
import type { Json } from "@llmcfg/core";
import type { ForeignKind } from "../import/foreign.ts";
import type { LossReport } from "../import/loss-report.ts";
import { exportLitellm } from "./litellm/export-litellm.ts";

/** How references are named for the other product. */
export interface ExportOptions {
  /**
   * Names of environment variables for secrets that the product cannot refer to otherwise: by the
   * path of the field (`providers[openai].auth.key`) or of the secret itself.
   */
  readonly envMap?: Readonly<Record<string, string>>;
}

/** The files for the other product, and what they do not say. */
export interface ExportResult {
  /** Texts by name; empty where something is refused. */
  readonly files: ReadonlyMap<string, string>;
  readonly report: LossReport;
}

/**
 * The configuration for another product, with an account of every leaf of the document.
 *
 * References become the product's own; plain credentials are never written. Where anything is
 * refused there are no files, and the report says what and why.
 *
 * @param document unresolved: references as text, as `ConfigManager.document()` has it
 * @throws {ConfigError} `unsupported_export` for a product that is not written yet,
 *   `invalid_option` for a name in `envMap` that no variable can have
 */
export async function exportConfig(
  kind: ForeignKind,
  document: Json,
  options: ExportOptions = {},
): Promise<ExportResult> {
  if (kind === "litellm") return exportLitellm(document, options);
  throw new ConfigError("unsupported_export", `configurations for ${kind} cannot be written yet`, {
    hint: "those for litellm can",
  });
}
