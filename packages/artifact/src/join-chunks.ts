/** Small records are joined, so that a reader is not called for every header. */
export const OUTPUT_CHUNK_BYTES = 256 * 1024;

/** The same bytes in fewer, larger chunks. What has been joined waits, so a failure may come before its bytes. */
export async function* joinChunks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    bytes += piece.length;
    if (bytes < OUTPUT_CHUNK_BYTES) continue;
    yield Buffer.concat(waiting, bytes);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting, bytes);
}
