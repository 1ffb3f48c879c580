import { isJsonObject, isLlmcfgError, type Json, parseJson } from "@llmcfg/core";
import { ConfigError } from "../errors.ts";

/**
 * One member of a secret that is a JSON object: text as it is, anything else as JSON.
 *
 * @throws {ConfigError} `secret_not_found` where there is no such member; never quotes the secret
 */
export function memberOf(bytes: Uint8Array, key: string): Uint8Array {
  const value = parse(bytes);
  const member = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  if (member === undefined) {
    throw new ConfigError("secret_not_found", `the secret has no member ${JSON.stringify(key)}`);
  }
  return new TextEncoder().encode(typeof member === "string" ? member : JSON.stringify(member));
}

function parse(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(new TextDecoder().decode(bytes));
  } catch (error) {
    if (isLlmcfgError(error)) return undefined;
    throw error;
  }
}
