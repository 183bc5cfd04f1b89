import { shownName, truncated, unsupported } from './archive-errors.ts';
import {
  type ArchiveHeader,
  FLAG_ENCRYPTED,
  FLAGS_REFUSED,
  LOCAL_HEADER_BYTES,
  localTailBytes,
  METHOD_DEFLATED,
  METHOD_STORED,
  parseLocalHeader,
} from './archive-records.ts';
import type { ByteQueue } from './byte-queue.ts';

/** Throws `artifact/archive-unsupported` for what is encrypted, patched, or packed in another way than deflate. */
export async function readLocalHeader(input: ByteQueue): Promise<ArchiveHeader> {
  if (!(await input.fill(LOCAL_HEADER_BYTES))) throw truncated('the header of an entry');
  const length = LOCAL_HEADER_BYTES + localTailBytes(input.ready);
  if (!(await input.fill(length))) throw truncated('the header of an entry');
  const header = parseLocalHeader(input.take(length));
  const name = () => shownName(header.name.toString());
  if ((header.flags & FLAG_ENCRYPTED) !== 0) throw unsupported(name(), 'is encrypted');
  if ((header.flags & FLAGS_REFUSED) !== 0) throw unsupported(name(), 'is a patch or encrypted');
  if (header.method !== METHOD_STORED && header.method !== METHOD_DEFLATED) {
    throw unsupported(name(), `is packed by method ${header.method}, and only 0 (stored) and 8 (deflated) are read`);
  }
  return header;
}
