import {
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonPointer,
  memberPointer,
} from "@llmcfg/core";

/** How credentials begin that can be told by their form. */
const KNOWN_FORMS: readonly RegExp[] = [
  /^-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^sk-[A-Za-z0-9_-]{16,}$/, // OpenAI, Anthropic
  /^[sr]k_(?:live|test)_[A-Za-z0-9]{16,}$/, // Stripe
  /^gh[pousr]_[A-Za-z0-9]{36,}$/,
  /^github_pat_[A-Za-z0-9_]{22,}$/,
  /^glpat-[A-Za-z0-9_-]{20,}$/,
  /^(?:AKIA|ASIA)[A-Z0-9]{16}$/, // AWS
  /^AIza[A-Za-z0-9_-]{35}$/, // Google
  /^xox[abprs]-[A-Za-z0-9-]{10,}$/, // Slack
  /^hf_[A-Za-z0-9]{30,}$/, // Hugging Face
  /^llmcfg_(?:dev|pat|sa|agt)_[A-Za-z0-9]{43,}$/,
  /^eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+$/, // JWT
  /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s:@]+:[^/?#\s@${}]+@/, // a password in a URL
];

const MAX_FOUND = 10;
/** A random token of this length and alphabet has well over 4 bits a character. */
const TOKEN = /^[A-Za-z0-9+/_=-]{32,256}$/;
const MIN_ENTROPY_BITS = 4.3;

/** The places in a value whose text looks like a credential; at most ten. */
export function looksSensitive(value: Json): readonly JsonPointer[] {
  const found: JsonPointer[] = [];
  collect("", value, found);
  return found;
}

function collect(pointer: JsonPointer, value: Json, found: JsonPointer[]): void {
  if (found.length >= MAX_FOUND) return;
  if (typeof value === "string") {
    if (isCredential(value)) found.push(pointer);
  } else if (isJsonArray(value)) {
    for (const [i, element] of value.entries()) collect(memberPointer(pointer, i), element, found);
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      collect(memberPointer(pointer, name), member, found);
    }
  }
}

function isCredential(text: string): boolean {
  if (text.length > 16_384) return false;
  return KNOWN_FORMS.some((form) => form.test(text)) || isRandomToken(text);
}

function isRandomToken(text: string): boolean {
  if (!TOKEN.test(text)) return false;
  const isMixed = /[a-z]/.test(text) && /[A-Z]/.test(text) && /[0-9]/.test(text);
  return isMixed && entropyBitsOf(text) >= MIN_ENTROPY_BITS;
}

/** Shannon entropy of the characters, per character. */
function entropyBitsOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / text.length);
  return -shares.reduce((sum, share) => sum + share * Math.log2(share), 0);
}
