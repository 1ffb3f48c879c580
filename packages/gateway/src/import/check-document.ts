import { type ConfigPath, ConfigValidator } from "@llmcfg/config";
import type { Json } from "@llmcfg/core";
import { gatewaySchema } from "../schema/root.ts";
import { mapTexts } from "./map-texts.ts";

/**
 * What is wrong with the document, whatever its references stand for: nothing outside is asked, so
 * that equal input gives equal answers on every machine.
 */
export async function checkDocument(
  document: Json,
): Promise<readonly { readonly to: ConfigPath; readonly note: string }[]> {
  const report = await new ConfigValidator(gatewaySchema).validate(mapTexts(document, standIn));
  return report.errors.map(({ path, code, message }) => ({
    to: path,
    note: `${code}: ${message}`,
  }));
}

/** The text with something plausible in place of each reference. */
function standIn(text: string, path: readonly string[]): string {
  const isReference = /^\$\{(env|secret):[^}]*\}$/.test(text);
  const isUrl = /^(endpoint|issuer|jwks_uri)$/.test(path.at(-1) ?? "");
  if (isReference && isUrl) return "https://stand-in.example";
  if (isReference && path.at(-1) === "url") return "redis://stand-in";
  // The escape `$${` yields `${`, and is no reference.
  return text.replaceAll(/\$\$\{|\$\{(?:env|secret):[^}]*\}/g, (part) =>
    part === "$${" ? part : "stand-in",
  );
}
