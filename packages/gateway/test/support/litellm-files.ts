/**
 * LiteLLM configurations on their way in and out.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { isJsonArray, isJsonObject, type Json } from "@llmcfg/core";
import { exportConfig } from "@llmcfg/gateway/export";
import { type ImportOptions, type ImportResult, importConfig } from "@llmcfg/gateway/import";

const ROOT = new URL("../../../../testdata/litellm/", import.meta.url);

/** All of the corpus, by path. */
export const CORPUS: readonly string[] = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".yaml"))
  .toSorted();

export function corpusText(path: string): string {
  return readFileSync(new URL(path, ROOT), "utf8");
}

export async function importFile(path: string, options: ImportOptions = {}): Promise<ImportResult> {
  return await importConfig(
    "litellm",
    { entry: path, read: async (one) => corpusText(one) },
    options,
  );
}

/** A configuration that is given as text; other files are not there. */
export async function importText(text: string, options: ImportOptions = {}): Promise<ImportResult> {
  const read = async (path: string): Promise<string> => {
    if (path === "config.yaml") return text;
    throw new Error(`${path} is not there`);
  };
  return await importConfig("litellm", { entry: "config.yaml", read }, options);
}

/** The document of an import that has to succeed. */
export async function documentOf(text: string, options: ImportOptions = {}): Promise<Json> {
  const { document, report } = await importText(text, options);
  if (document === undefined) throw new Error(report.format());
  return document;
}

/** A variable for each secret that the document refers to. */
export function variablesFor(document: Json): Record<string, string> {
  const paths = [...JSON.stringify(document).matchAll(/\$\{secret:([^}]*)\}/g)].map(
    ([, path]) => path ?? "",
  );
  return Object.fromEntries(
    paths.map((path) => [path, `S_${path.replaceAll(/[^A-Za-z0-9]/g, "_")}`]),
  );
}

/** The document as it is where each secret comes from its variable. */
export function withVariables(
  value: Json,
  variables: Readonly<Record<string, string>>,
  isForeign = false,
): Json {
  if (isJsonArray(value)) return value.map((item) => withVariables(item, variables, isForeign));
  if (isJsonObject(value)) {
    const members = Object.entries(value).map(([name, inner]) => {
      return [name, withVariables(inner, variables, isForeign || name === "extensions")] as const;
    });
    return Object.fromEntries(members);
  }
  const [, path] = /^\$\{secret:([^}]*)\}$/.exec(String(value)) ?? [];
  if (path === undefined) return value;
  return isForeign ? `os.environ/${variables[path]}` : `\${env:${variables[path]}}`;
}

export async function exportText(
  document: Json,
  envMap: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { files, report } = await exportConfig("litellm", document, { envMap });
  const text = files.get("config.yaml");
  if (text === undefined) throw new Error(report.format());
  return text;
}
