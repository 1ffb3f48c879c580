import { ConfigError } from "@llmcfg/config";
import type { ForeignKind, ImportInput, ImportOptions, ImportResult } from "./foreign.ts";
import { importLitellm } from "./litellm/import-litellm.ts";

/**
 * A configuration of another product as one of a gateway, with an account of every leaf of it.
 *
 * Equal input gives equal output, byte for byte. Credentials are never copied. Where anything is
 * refused there is no document, and the report says what and why.
 *
 * @throws {ConfigError} `unsupported_import` for a product that is not read yet
 * @throws what `input.read` throws for the entry
 * @example
 * ```ts
 * const read = (path: string) => readFile(path, "utf8");
 * const { text, report } = await importConfig("litellm", { entry: "config.yaml", read });
 * console.log(text ?? report.format());
 * ```
 */
export async function importConfig(
  kind: ForeignKind,
  input: ImportInput,
  options: ImportOptions = {},
): Promise<ImportResult> {
  if (kind === "litellm") return await importLitellm(input, options);
  throw new ConfigError("unsupported_import", `configurations of ${kind} cannot be read yet`, {
    hint: "litellm can",
  });
}
