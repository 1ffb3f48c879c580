/**
 * What provokes findings, as the page of findings shows it and as it is run.
 *
 * @module
 */

import type { BusinessRule, Finding, LoaderOptions } from "../../packages/config/src/index.ts";
import type { FindingCode } from "../../packages/gateway/src/checks/finding-codes.ts";
import type { GatewayConfig } from "../../packages/gateway/src/index.ts";

interface Entry {
  readonly code: FindingCode;
  /** What is to be done, in whole sentences. */
  readonly mend: string;
  /** What the example does not show by itself, before it: a sentence. */
  readonly note?: string;
}

/** A configuration that is loaded and checked. */
export interface ConfigExample extends Entry {
  /** The first file that is loaded. */
  readonly yaml: string | Uint8Array;
  /** What stands around it in the file: {@link PROVIDERS} above, {@link QUIET} below, or nothing. */
  readonly around: "providers" | "quiet" | "nothing";
  /** Default `gateway.yaml`. */
  readonly path?: string;
  /** Further files by their paths: those that are loaded too, and those that are only there. */
  readonly loaded?: Readonly<Record<string, string>>;
  readonly beside?: Readonly<Record<string, string>>;
  /** What lies beside it is told by the note. */
  readonly isTold?: true;
  readonly variables?: Readonly<Record<string, string>>;
  readonly options?: Pick<LoaderOptions, "limits" | "fileRefRoots">;
  readonly jsonSchema?: Readonly<Record<string, unknown>>;
  /** Rules by the text that makes them. */
  readonly rules?: Readonly<Record<string, BusinessRule<GatewayConfig>>>;
  /** What the secrets manager holds. Where it is given, secrets are resolved. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Anything else: `shown` tells in Markdown what `run` does. */
export interface RunExample extends Entry {
  readonly shown: string;
  readonly run: () => Promise<readonly Finding[]>;
}

export type FindingExample = ConfigExample | RunExample;

/** Two providers that are valid, above most of the examples. */
export const PROVIDERS = `providers:
  - { id: a, type: ollama, models: [{ id: m }] }
  - { id: b, type: ollama, models: [{ id: m }] }
`;

/** Below examples that say nothing of security: that would be a finding too. */
export const QUIET = "security: { authentication: { enabled: false } }\n";

type More = Omit<ConfigExample, "code" | "yaml" | "mend" | "around">;

/** A file that is nothing but what is shown. */
export function bare(
  code: FindingCode,
  yaml: string | Uint8Array,
  mend: string,
  more: More = {},
): ConfigExample {
  return { code, yaml, mend, around: "nothing", ...more };
}

/** A file with providers of its own. */
export function whole(
  code: FindingCode,
  yaml: string,
  mend: string,
  more: More = {},
): ConfigExample {
  return { code, yaml, mend, around: "quiet", ...more };
}

/** What stands below {@link PROVIDERS}. */
export function below(
  code: FindingCode,
  yaml: string,
  mend: string,
  more: More = {},
): ConfigExample {
  return { code, yaml, mend, around: "providers", ...more };
}
