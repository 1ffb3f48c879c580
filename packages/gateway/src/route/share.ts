import { hash } from "node:crypto";

/**
 * Where a value falls among all values: from 0 to below 100, always the same for the same salt.
 *
 * RTE-9: the first 8 bytes of SHA-256 of `salt:value` as an unsigned integer, modulo 10⁶, divided
 * by 10⁴.
 */
export function shareOf(salt: string, value: string): number {
  const digest = hash("sha256", `${salt}:${value}`, "buffer");
  return Number(digest.readBigUInt64BE() % 1_000_000n) / 10_000;
}
