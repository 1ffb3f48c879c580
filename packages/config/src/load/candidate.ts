import type { Json } from "@llmcfg/core";
import type { Tree, ValueTree } from "../merge/tree.ts";
import type { SecretBackends } from "../secrets/secret-store.ts";
import type { IgnoredVariable } from "../sources/environment/ignored-variables.ts";
import type { Finding } from "../validate/finding.ts";
import type { SkippedCheck } from "../validate/report.ts";
import type { SourceState } from "./source-state.ts";

/** Where in the order of §10.1 an error was found. */
export type BuildStage = "read" | "parse" | "merge" | "structure" | "cross_field" | "references";

/** One layer as it was merged. */
export interface Layer {
  /** Id of the source, or of the layer below it. */
  readonly source: string;
  readonly tree: Tree;
}

/** What else the configuration was made from: a change of it is a change of the configuration. */
export interface ExpansionRecord {
  /** Variables that `${env:…}` looked at, with what they held. */
  readonly variables: ReadonlyMap<string, string | undefined>;
  /** Files that `${file:…}` put into text, with the hash of what they held. */
  readonly files: ReadonlyMap<string, string>;
}

/** Everything that one set of source contents amounts to. */
export interface Candidate<T> {
  /** Strongest first. */
  readonly states: readonly SourceState[];
  /** Strongest first. */
  readonly layers: readonly Layer[];
  /** The merged document with defaults, references as they are written. */
  readonly merged: ValueTree;
  /** The same with references expanded and derived defaults: where these change nothing, the very parts. */
  readonly tree: ValueTree;
  readonly ignored: readonly IgnoredVariable[];
  readonly expansions: ExpansionRecord;
  readonly backends: SecretBackends;
  readonly findings: readonly Finding[];
  readonly skipped: readonly SkippedCheck[];
  /** The first stage that found an error. */
  readonly failedStage: BuildStage | undefined;
  /** Whether what failed may succeed later with the same content. */
  readonly isTransient: boolean;
  /** There where no stage found an error. */
  readonly accepted: AcceptedValue<T> | undefined;
}

export interface AcceptedValue<T> {
  /** Not frozen yet: its parts may still be replaced by equal ones of the version before. */
  readonly config: T;
  /** Defaults in, references as text, literals as `[redacted]`. */
  readonly document: Json;
  /** SHA-256 in lower-case hex of the canonical document without informational fields. */
  readonly checksum: string;
  /** The document's own `version`. */
  readonly label: string | undefined;
}
