import type { PackedBody } from '@gitsource/events';
import type { ObjectContents } from '../objects/object-contents.ts';
import type { PackBytes } from '../objects/pack-bytes.ts';
import type { FoundObject } from '../objects/packed-object.ts';

/** RFC 1950: two bytes before the deflate stream, four of Adler-32 after it. A dictionary was refused when it was inflated. */
const ZLIB_HEADER_BYTES = 2;
const ZLIB_FRAME_BYTES = 6;

/**
 * A blob's content as the pack has it: the deflate stream where it was one object and is smaller so, else the content
 * itself. A content too long to be held stays packed in any case.
 */
export function packedBody(
  object: FoundObject,
  { bytes, contents, maxWholeBytes }: { bytes: PackBytes; contents: ObjectContents; maxWholeBytes: number },
): PackedBody {
  const { start, resolved } = object;
  const deflated = object.packedBytes - ZLIB_FRAME_BYTES;
  const isSmaller = deflated < resolved.size || resolved.size > maxWholeBytes;
  const content = () => contents.contentOf(object);
  if (resolved.base !== undefined) return { packing: 'none', content };
  if (!isSmaller) return { packing: 'incompressible', content };
  return {
    packing: 'deflate',
    bytes: deflated,
    pieces: () => bytes.pieces(start + ZLIB_HEADER_BYTES, deflated),
  };
}
