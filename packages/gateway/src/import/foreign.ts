/**
 * What goes into an import and what comes out, the same for every product.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
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

export interface ImportInput {
  /** The file to begin with. */
  readonly entry: string;
  /** The text of a file; rejects where there is none. */
  readonly read: (path: string) => Promise<string>;
}

/** Stores a credential, and returns the reference to write in its place. */
export type MoveLiteral = (suggestedPath: string, value: Uint8Array) => Promise<string>;

export interface ImportOptions {
  /**
   * What becomes of credentials that stand in the input. They are never copied: `refuse`, the
   * default, writes nothing; `redact` writes a reference to a secret that is yet to be stored.
   */
  readonly literals?: "refuse" | "redact" | { readonly moveTo: MoveLiteral };
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
