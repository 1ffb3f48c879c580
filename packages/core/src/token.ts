/**
 * The form of API keys: `llmcfg_<kind>_<handle><secret><check>`.
 *
 * The fixed prefix lets scanners find leaked ones, the checksum lets them leave the rest alone.
 *
 * @module
 */

export type TokenKind = "dev" | "pat" | "sa" | "agt";

/** The parts of a token. */
export interface Token {
  /** `pat` of a person, `sa` of a service account, `agt` of an agent, `dev` of `llmcfg dev`. */
  readonly kind: TokenKind;
  /** 16 characters of base62, public: what it is looked up by. */
  readonly handle: string;
  /** 43 characters of base62: 256 random bits. */
  readonly secret: string;
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY = /^(llmcfg_(dev|pat|sa|agt)_([0-9A-Za-z]{16})([0-9A-Za-z]{43}))([0-9A-Za-z]{6})$/;

/** The parts; `undefined` where the text has not the form, down to its checksum. */
export function parseToken(text: string): Token | undefined {
  const [, checked = "", kind, handle = "", secret = "", check] = BODY.exec(text) ?? [];
  if (!isTokenKind(kind) || check !== checkOf(checked)) return undefined;
  return { kind, handle, secret };
}

/** @throws {TypeError} where a part has not the form */
export function formatToken({ kind, handle, secret }: Token): string {
  const checked = `llmcfg_${kind}_${handle}${secret}`;
  const text = checked + checkOf(checked);
  const parsed = parseToken(text);
  if (parsed?.handle === handle && parsed.secret === secret) return text;
  throw new TypeError("a handle has 16, a secret 43 characters of base62");
}

function isTokenKind(kind: string | undefined): kind is TokenKind {
  return kind === "dev" || kind === "pat" || kind === "sa" || kind === "agt";
}

/** Six base62 digits, most significant first. */
function checkOf(checked: string): string {
  const sum = crc32(new TextEncoder().encode(checked));
  return Array.from({ length: 6 }, (_, i) =>
    BASE62.charAt(Math.floor(sum / 62 ** (5 - i)) % 62),
  ).join("");
}

/** The CRC-32 of zlib and PNG, as a number of 32 bits without sign. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
