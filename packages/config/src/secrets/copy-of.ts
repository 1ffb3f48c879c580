/** A copy with memory of its own, also of a `Buffer`, whose `slice` shares it. */
export function copyOf(bytes: Uint8Array, length: number = bytes.length): Uint8Array {
  return Uint8Array.from(bytes.subarray(0, length));
}
