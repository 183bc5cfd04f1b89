import { corrupt, tooLarge } from '../errors.ts';

/** Where in a delta its instructions begin, and what they make of how much. */
export interface DeltaHead {
  readonly baseSize: number;
  readonly resultSize: number;
  readonly start: number;
}

const COPY = 0x80;
/** A copy without a size means this one. */
const DEFAULT_COPY_BYTES = 0x10000;

/** Seven bits each: more than any size that a number holds exactly. */
const MAX_SIZE_BYTES = 7;

/** https://git-scm.com/docs/gitformat-pack#_deltified_representation. Throws `pack/corrupt`. */
export function readDeltaHead(delta: Buffer): DeltaHead {
  const base = readSize(delta, 0);
  const result = readSize(delta, base.end);
  return { baseSize: base.size, resultSize: result.size, start: result.end };
}

/**
 * What a delta makes of its base. Nothing is allocated before the announced sizes are checked; every instruction must lie
 * within them. Throws `pack/corrupt`, `pack/too-large`.
 */
export function applyDelta(base: Buffer, delta: Buffer, maxBytes: number): Buffer {
  const { baseSize, resultSize, start } = readDeltaHead(delta);
  if (baseSize !== base.length) throw corrupt('a delta is made for another base');
  if (resultSize > maxBytes)
    throw tooLarge(`The pack has a delta that makes ${resultSize} bytes, more than ${maxBytes}`);
  const result = Buffer.allocUnsafe(resultSize);
  let made = 0;
  let at = start;
  // The hot loop of a repository of deltas: no calls but the copies, and reads past the end count as 0 until checked.
  while (at < delta.length) {
    const op = delta[at++] ?? 0;
    if ((op & COPY) === 0) {
      if (op === 0 || at + op > delta.length || made + op > resultSize)
        throw corrupt('a delta inserts what is not there');
      delta.copy(result, made, at, at + op);
      at += op;
      made += op;
      continue;
    }
    let offset = 0;
    let size = 0;
    if (op & 0x01) offset = delta[at++] ?? 0;
    if (op & 0x02) offset |= (delta[at++] ?? 0) << 8;
    if (op & 0x04) offset |= (delta[at++] ?? 0) << 16;
    // Not shifted: the highest bit is no sign.
    if (op & 0x08) offset += (delta[at++] ?? 0) * 0x1000000;
    if (op & 0x10) size = delta[at++] ?? 0;
    if (op & 0x20) size |= (delta[at++] ?? 0) << 8;
    if (op & 0x40) size |= (delta[at++] ?? 0) << 16;
    if (size === 0) size = DEFAULT_COPY_BYTES;
    if (at > delta.length || offset + size > baseSize || made + size > resultSize) {
      throw corrupt('a delta copies what is not there');
    }
    base.copy(result, made, offset, offset + size);
    made += size;
  }
  if (made !== resultSize) throw corrupt('a delta makes less than it says');
  return result;
}

function readSize(delta: Buffer, start: number): { readonly size: number; readonly end: number } {
  let size = 0;
  for (let at = start, unit = 1; ; unit *= 128) {
    const byte = delta[at++];
    if (byte === undefined || at - start > MAX_SIZE_BYTES) throw corrupt('a delta has no sizes');
    size += (byte & 0x7f) * unit;
    if ((byte & 0x80) === 0) return { size, end: at };
  }
}
