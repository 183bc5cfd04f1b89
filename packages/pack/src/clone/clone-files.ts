import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { CommitSha, PackedEntry } from '@gitsource/events';
import { finishObjectHash, startObjectHash, toHex } from '../objects/object-id.ts';
import type { RemoteRef } from '../protocol/list-refs.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';

/** A file of `.git`. */
export function gitFile(format: ObjectFormat, name: string, content: Buffer): PackedEntry {
  return {
    path: `.git/${name}`,
    kind: 'file',
    size: content.length,
    crc32: crc32(content),
    blob: toHex(finishObjectHash(startObjectHash(format, 'blob', content.length).update(content))),
    body: { packing: 'none', content: () => content },
  };
}

/**
 * `pack-<40 or 64 hex digits>`, which must be known before the pack has come: a hash of what was wanted, where git has that of
 * what came. Nothing reads more into it than that it is one.
 */
export function packName(format: ObjectFormat, wanted: readonly RemoteRef[]): string {
  const hash = createHash(format);
  for (const sha of idsOf(wanted).toSorted()) hash.update(sha, 'hex');
  return `pack-${hash.digest('hex')}`;
}

/** Each once. */
export function idsOf(refs: readonly RemoteRef[]): CommitSha[] {
  return [...new Set(refs.map(({ sha }) => sha))];
}
