/**
 * What goes into an import and what comes out, the same for every product.
 *
 * @module
 */

import type { Json, JsonObject } from "@llmcfg/core";
import type { LossReport } from "./loss-report.ts";

/** The products whose configuration is known by name; see `importConfig` for those that are read. */
export type ForeignKind =
  | "litellm"
  | "portkey"
  | "envoy_ai_gateway"
  | "kong"
  | "helicone"
  | "tensorzero"
  | "bifrost";

/** The files of another product, by the one that is read first. */
export interface ImportInput {
  /** The file to begin with. */
  readonly entry: string;
  /** The text of a file; rejects where there is none. */
  readonly read: (path: string) => Promise<string>;
}

/** Stores a credential, and returns the reference to write in its place. */
export type MoveLiteral = (suggestedPath: string, value: Uint8Array) => Promise<string>;

/** What becomes of secrets, and how the result is written. */
export interface ImportOptions {
  /**
   * What becomes of credentials that stand in the input. They are never copied: `refuse`, the
   * default, writes nothing; `redact` writes a reference to a secret that is yet to be stored;
   * `moveTo` stores each, and `secrets` is the block of the document that its references need.
   */
  readonly literals?:
    | "refuse"
    | "redact"
    | { readonly moveTo: MoveLiteral; readonly secrets?: JsonObject };
  /** Form given to the product's references to environment variables; default `env`. */
  readonly envReferences?: "env" | "secret";
  /** Of the text; default `yaml`. JSON has no comments. */
  readonly format?: "yaml" | "toml" | "json";
}

/** Both members are `undefined` where the import is refused; the report says why. */
export interface ImportResult {
  readonly document: Json | undefined;
  readonly text: string | undefined;
  readonly report: LossReport;
}
