import type { DosTime } from '../dos-time.ts';
import { ArtifactError } from '../errors.ts';
import type { ChunkJoiner } from '../join-chunks.ts';
import type { Zip64Limits } from '../zip-records.ts';
import { corrupt, shownName } from './archive-errors.ts';
import { type ArchiveHeader, FLAG_DESCRIPTOR, METHOD_DEFLATED } from './archive-records.ts';
import type { ByteQueue } from './byte-queue.ts';
import type { ContentChecks } from './content-checks.ts';
import type { PackedContent } from './local-entry.ts';
import type { UnpackedBudget } from './unpacked-budget.ts';

/** One entry of which the local header has been read, and where its parts go. */
export interface CopyJob {
  readonly input: ByteQueue;
  readonly output: Pick<ChunkJoiner, 'push' | 'isFull' | 'take'>;
  readonly header: ArchiveHeader;
  /** As messages show it. */
  readonly name: string;
  /** The name's bytes in the artifact. */
  readonly outName: Buffer;
  readonly archiveOffset: number;
  readonly modified: DosTime;
  readonly zip64Limits: Zip64Limits;
  readonly budget: UnpackedBudget;
  readonly checks: ContentChecks;
  /** Sees the whole content of an entry that is small enough to be a link's target. */
  readonly onSmall: (archiveOffset: number, content: Uint8Array) => void;
}

/** Checksum and sizes stand after the content. */
export function isLate({ flags }: ArchiveHeader): boolean {
  return (flags & FLAG_DESCRIPTOR) !== 0;
}

/** Stored, and the length stands only after it. */
export function isUnsized(header: ArchiveHeader): boolean {
  return isLate(header) && header.method !== METHOD_DEFLATED && header.compressedSize === 0 && header.size === 0;
}

/** Where a descriptor follows, the header may say nothing, which is zero; what it does say must be true. */
export function checkPromises({ header, name }: CopyJob, record: PackedContent): void {
  for (const field of ['size', 'compressedSize', 'crc'] as const) {
    if (header[field] === record[field] || (isLate(header) && header[field] === 0)) continue;
    const what = { size: 'bytes', compressedSize: 'packed bytes', crc: 'as checksum' }[field];
    throw corrupt(shownName(name), `has ${record[field]} ${what}, and ${header[field]} by its header`);
  }
}

/** zlib's errors carry codes such as Z_DATA_ERROR; everything else is not about the content. */
export function zlibFailure(error: unknown, name: string): unknown {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (error instanceof ArtifactError || typeof code !== 'string' || !code.startsWith('Z_')) return error;
  return corrupt(shownName(name), `cannot be inflated (${code})`);
}
