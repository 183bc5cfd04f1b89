import type { TreeEntry } from '@gitsource/events';
import { ArtifactError } from './errors.ts';

/** The entry's content, chunk by chunk. Throws `artifact/size-mismatch` unless it has exactly the size it promised. */
export async function* readContent(entry: TreeEntry): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of entry.content()) {
    seen += chunk.length;
    if (seen > entry.size) break;
    if (chunk.length > 0) yield chunk;
  }
  if (seen === entry.size) return;
  throw new ArtifactError(
    'artifact/size-mismatch',
    `${JSON.stringify(entry.path)} has ${entry.size} bytes by the tree, but ${seen > entry.size ? 'more' : seen} were read. ` +
      'The source changed or ended while it was read; run the action again.',
    { fault: 'failed', retryable: true },
  );
}

/** The whole content; for entries known to be small. */
export async function readWhole(entry: TreeEntry): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(entry)) chunks.push(chunk);
  return Buffer.concat(chunks, entry.size);
}
