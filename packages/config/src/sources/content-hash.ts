import { createHash } from "node:crypto";

/** SHA-256 in lower-case hex: equal for equal content, in any process. */
export function contentHash(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
