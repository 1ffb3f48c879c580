/**
 * Bytes as the tables hold them: lower-case hex.
 *
 * @module
 */

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** The reverse of {@link toHex}; bytes of the caller's own. */
export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}
