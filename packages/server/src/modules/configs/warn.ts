import type { Finding, Json } from "@llmcfg/core";
import type { DocumentWarnings } from "./document-warnings.ts";
import type { Draft } from "./draft.ts";
import { looksSensitive } from "./looks-sensitive.ts";

const PORTABLE_SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** What the author should look at; nothing of it keeps a change from being made. */
export async function warningsOf(
  draft: Draft,
  documents: DocumentWarnings,
): Promise<readonly Finding[]> {
  const { operation, item, plaintext } = draft;
  if (operation.op !== "put") return [];
  const warnings: Finding[] = [...(await documents.of(draft))];
  if (!operation.ref.key.split("/").every((segment) => PORTABLE_SEGMENT.test(segment))) {
    warnings.push({
      pointer: "",
      code: "KEY_STYLE",
      detail: "the key has characters that not every tool can use",
      expected: "segments of A-Z a-z 0-9 . _ -",
    });
  }
  if (!item.sensitive && plaintext !== undefined) warnings.push(...credentialWarnings(plaintext));
  return warnings;
}

function credentialWarnings(value: Json): readonly Finding[] {
  return looksSensitive(value).map((pointer) => ({
    pointer,
    code: "LOOKS_SENSITIVE",
    detail: "this looks like a credential, and the key is not sensitive",
    expected: '"sensitive": true, or a key below a segment named secrets',
  }));
}
