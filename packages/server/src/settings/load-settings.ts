/**
 * Reads the settings of a server, from flags, variables, a file and defaults, strongest first.
 *
 * @module
 */

import {
  type Finding as ConfigFinding,
  ConfigLoadError,
  ConfigLoader,
  ConfigValidationError,
  type DeepPartial,
} from "@llmcfg/config";
import { type Finding, LlmcfgError } from "@llmcfg/core";
import { withoutCliVariables } from "./cli-variables.ts";
import { toFinding } from "./finding.ts";
import type { SettingsFile, Surroundings } from "./places.ts";
import { type LoadedDocument, SETTINGS_SCHEMA, type SettingsDocument } from "./schema.ts";

/** What flags say, in the form of the file. */
export interface SettingsFlags {
  readonly http?: { readonly publicUrl?: string | undefined };
  readonly store?: { readonly url?: string | undefined };
  readonly kek?: { readonly uri?: string | undefined };
  readonly log?: { readonly level?: string | undefined; readonly format?: string | undefined };
}

export interface SettingsSources extends Pick<Surroundings, "env"> {
  /** Without one, variables and defaults say everything. */
  readonly file: SettingsFile | undefined;
  readonly flags?: SettingsFlags;
}

export interface CheckedSettings {
  /** Only where there is no error. */
  readonly settings: LoadedDocument | undefined;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/**
 * The settings, or everything that is wrong with them. Variables that no setting has are warnings.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` where the file is missing or cannot be read
 */
export async function checkSettings(sources: SettingsSources): Promise<CheckedSettings> {
  const shown = sources.file?.shown ?? "";
  const toFindings = (all: readonly ConfigFinding[]) =>
    all.map((found) => toFinding(found, shown)).toSorted(byPlace);
  try {
    const { config, report } = await loaderOf(sources).load();
    return { settings: config, errors: [], warnings: toFindings(report.warnings) };
  } catch (error) {
    if (error instanceof ConfigValidationError) {
      const { errors, warnings } = error.report;
      return { settings: undefined, errors: toFindings(errors), warnings: toFindings(warnings) };
    }
    if (!(error instanceof ConfigLoadError)) throw error;
    requireReadable(error, shown);
    return { settings: undefined, errors: toFindings(error.findings), warnings: [] };
  }
}

/** @throws {LlmcfgError} as {@link checkSettings}; `SCHEMA_VIOLATION` with every error */
export async function loadSettings(
  sources: SettingsSources,
): Promise<CheckedSettings & { readonly settings: LoadedDocument }> {
  const checked = await checkSettings(sources);
  const { settings, errors } = checked;
  if (settings !== undefined) return { ...checked, settings };
  const count = errors.length === 1 ? "1 error" : `${errors.length} errors`;
  throw new LlmcfgError("SCHEMA_VIOLATION", `the settings of the server have ${count}`, { errors });
}

function loaderOf({ file, env, flags = {} }: SettingsSources): ConfigLoader<SettingsDocument> {
  const loader = new ConfigLoader(SETTINGS_SCHEMA).addEnv({ variables: withoutCliVariables(env) });
  if (file !== undefined) loader.addFile(file.path);
  const version = file === undefined ? { schemaVersion: 1 } : {}; // only a file has a form
  // What flags say has the form of a document, not of what the schema makes of it.
  return loader.withOverrides({ ...version, ...flags } as DeepPartial<SettingsDocument>);
}

/** As they stand in the file; what stands in none comes last. */
function byPlace(a: Finding, b: Finding): number {
  const { line: lineA = Number.MAX_SAFE_INTEGER, column: columnA = 0 } = a;
  const { line: lineB = Number.MAX_SAFE_INTEGER, column: columnB = 0 } = b;
  return lineA - lineB || columnA - columnB;
}

function requireReadable({ code, cause }: ConfigLoadError, shown: string): void {
  const wrong = UNREADABLE.get(code);
  if (wrong === undefined) return;
  const message = `the settings file ${shown} ${wrong}`;
  throw new LlmcfgError("INVALID_ARGUMENT", message, { errors: [] }, { cause });
}

const UNREADABLE: ReadonlyMap<string, string> = new Map([
  ["source_missing", "does not exist"],
  ["source_unreadable", "cannot be read"],
  ["source_unstable", "went on changing while it was read"],
]);
