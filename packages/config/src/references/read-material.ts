import { ConfigError } from "../errors.ts";
import type { FileSystem } from "../file-system.ts";
import { requirePath } from "./content-text.ts";
import { parseReferences } from "./reference.ts";

/** What credentials of sources and of secret backends may be read from. */
export interface MaterialInputs {
  readonly variable: (name: string) => string | undefined;
  readonly fs: Pick<FileSystem, "readFile">;
}

/**
 * The text behind a credential as it is written in options: a literal, `${env:NAME}` or
 * `${file:/path}`. Read anew at each call, so that a rotated credential is found.
 *
 * @throws {ConfigError} `secret_not_found`, `file_unreadable`, `malformed_reference`, or
 *   `secret_in_secrets_block`; no message holds the value
 */
export async function readCredential(text: string, inputs: MaterialInputs): Promise<string> {
  const parts = parseReferences(text).map(async (part) => {
    if (part.type === "text") return part.text;
    const { reference } = part;
    switch (reference.kind) {
      case "env": {
        const value = inputs.variable(reference.name) || reference.default;
        if (value !== undefined) return value;
        const message = `Environment variable not found: ${reference.name}`;
        throw new ConfigError("secret_not_found", message);
      }
      case "file":
        return await readText(reference.path, inputs);
      case "secret":
        throw new ConfigError("secret_in_secrets_block", `${part.text} cannot be used here`, {
          hint: "use ${env:NAME} or ${file:/path}: the secrets manager is not there yet",
        });
    }
  });
  return (await Promise.all(parts)).join("");
}

/**
 * PEM or another content behind an option of kind `material`: a plain text is the path of a file, a
 * reference is the content itself.
 *
 * @throws {ConfigError} as {@link readCredential}; `invalid_value` for content in place of a path
 */
export async function readMaterial(text: string, inputs: MaterialInputs): Promise<string> {
  if (text.includes("${")) return await readCredential(text, inputs);
  requirePath(text);
  return await readText(text, inputs);
}

async function readText(path: string, { fs }: MaterialInputs): Promise<string> {
  try {
    const bytes = await fs.readFile(path);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r?\n$/, "");
  } catch (error) {
    const options = { cause: error };
    throw new ConfigError("file_unreadable", `the file ${path} cannot be read as text`, options);
  }
}
