/**
 * The parts of tokens that are random, and what is kept of them.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import type { Token } from "@llmcfg/core";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 16 characters of base62, for looking a token up: no secret, but never twice the same. */
export function createHandle(): string {
  return toBase62(randomBytes(12), 16);
}

/** 256 random bits in 43 characters of base62. */
export function createSecret(): string {
  return toBase62(randomBytes(32), 43);
}

/** SHA-256("llmcfg-key-v1" ‖ 0 ‖ handle ‖ 0 ‖ secret): all that is kept of a token's secret. */
export function hashSecret({ handle, secret }: Pick<Token, "handle" | "secret">): Buffer {
  return createHash("sha256").update(`llmcfg-key-v1\0${handle}\0${secret}`).digest();
}

function toBase62(bytes: Uint8Array, length: number): string {
  let number = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let digits = "";
  while (digits.length < length) {
    digits = BASE62.charAt(Number(number % 62n)) + digits;
    number /= 62n;
  }
  return digits;
}
