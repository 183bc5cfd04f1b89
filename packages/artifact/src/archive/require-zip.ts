import { ArtifactError } from '../errors.ts';
import { END_RECORD, LOCAL_HEADER } from './archive-records.ts';
import type { ByteQueue } from './byte-queue.ts';

/** How far to look for what a body is that is not a zip. */
const SNIFFED_BYTES = 512;

/** Throws `artifact/archive-not-zip` unless the first bytes are a zip's. The message tells the kind, never the content. */
export async function requireZip(input: ByteQueue): Promise<void> {
  const signature = await input.signature();
  if (signature === LOCAL_HEADER || signature === END_RECORD) return;
  await input.fill(SNIFFED_BYTES);
  const seen = describe(input.ready.subarray(0, SNIFFED_BYTES));
  throw new ArtifactError(
    'artifact/archive-not-zip',
    `The archive is not a zip, but ${seen}. Check the archive URL and the credentials: a sign-in or error page often answers in its place.`,
    { fault: 'failed' },
  );
}

function describe(bytes: Buffer): string {
  if (bytes.length === 0) return 'empty';
  const text = bytes
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  if (/^<(!doctype html|html|head|body)/i.test(text)) return 'an HTML page';
  if (/^<[?!a-z]/i.test(text)) return 'XML or HTML';
  if (/^[{[]/.test(text)) return 'JSON';
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  if (bytes.includes('PK\x03\x04')) return 'something with a zip in it, after other bytes';
  return /^[\t\n\r\u0020-\u007e]*$/.test(text) ? 'a text' : 'other bytes';
}
