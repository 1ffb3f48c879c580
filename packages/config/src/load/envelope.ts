import { createHmac } from "node:crypto";

/** HMAC-SHA-256 in lower-case hex: equal for equal bytes, and of no use to who lacks the key. */
export function keyedDigest(key: string, bytes: Uint8Array): string {
  return createHmac("sha256", key).update(bytes).digest("hex");
}
