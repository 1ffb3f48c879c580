/**
 * The lines of a body that goes on, without their ends. What follows the last end is no line yet,
 * unless the body ends there.
 *
 * @throws {Error} where a line is longer than `maxBytes`
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      size = 0;
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > maxBytes) throw new Error(`a message has more than ${maxBytes} bytes`);
  }
  if (size > 0) yield Buffer.concat(parts);
}

const LF = 0x0a;
