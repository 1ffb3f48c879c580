import { ConfigError } from "../errors.ts";

/**
 * Whether a text is a key, a certificate or a credential itself, and not the path of a file: it has
 * lines, or begins as PEM and JSON do. Such a text is a secret, and is shown nowhere.
 */
export function isContent(text: string): boolean {
  return /[\r\n\0]|^\s*(\{|-----BEGIN)/.test(text);
}

/**
 * A field of kind `material` holds the path of a file where it holds no reference.
 *
 * @throws {ConfigError} `invalid_value`, which does not quote the text
 */
export function requirePath(text: string): void {
  if (text !== "" && !isContent(text)) return;
  const found = text === "" ? "nothing" : "the content itself";
  const message = `the path of a file is expected, and ${found} is given`;
  const hint = "write the path, or a reference to the content: ${file:/path} or ${secret:path}";
  throw new ConfigError("invalid_value", message, { hint });
}
