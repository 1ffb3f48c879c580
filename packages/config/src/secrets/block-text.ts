import { ConfigError } from "../errors.ts";
import { readCredential, readMaterial } from "../references/read-material.ts";
import { isSecretRef, readQuietly } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import type { BackendTools, BlockValue, SecretsBlock } from "./secrets-backend.ts";

/** The text of a member of a block: revealed, or read where its reference leads. */
export async function blockText(
  block: SecretsBlock,
  name: string,
  tools: BackendTools,
): Promise<string | undefined> {
  return await textOf(block[name], name, (text) => readCredential(text, tools));
}

/** As {@link blockText}; a plain text is the path of a file that holds the content. */
export async function blockMaterial(
  block: SecretsBlock,
  name: string,
  tools: BackendTools,
): Promise<string | undefined> {
  return await textOf(block[name], name, (text) => readMaterial(text, tools));
}

/** As {@link blockText}, for a member that must be there. */
export async function requiredBlockText(
  block: SecretsBlock,
  name: string,
  tools: BackendTools,
): Promise<string> {
  const text = await blockText(block, name, tools);
  if (text !== undefined && text !== "") return text;
  throw new ConfigError("secrets_block_incomplete", `the secrets block needs ${name}`);
}

async function textOf(
  value: BlockValue | undefined,
  name: string,
  read: (text: string) => Promise<string>,
): Promise<string | undefined> {
  if (value === undefined || value === null) return undefined;
  if (isSecretRef(value)) return await revealed(value);
  if (typeof value === "string") return await read(value);
  throw new ConfigError("secrets_block_invalid", `${name} of the secrets block is no text`);
}

/** A secret of a manager cannot be what the manager is opened with. */
async function revealed(credential: SecretRef): Promise<string> {
  if (credential.kind !== "secret") return await readQuietly(credential);
  const message = `${credential.reference} cannot be used in the secrets block`;
  throw new ConfigError("secret_in_secrets_block", message, {
    hint: "use ${env:NAME} or ${file:/path}: the secrets manager is not there yet",
  });
}
