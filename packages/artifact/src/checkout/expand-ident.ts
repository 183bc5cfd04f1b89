const DOLLAR = 0x24;
const COLON = 0x3a;
const NEWLINE = 0x0a;
const SPACE = 0x20;

/**
 * Writes the blob's ID into `$Id$` and `$Id: … $`, as git does to a content that it holds whole. One with a space within is another
 * system's, and stays.
 */
export function expandIdent(content: Buffer, blob: string): Buffer {
  const pieces: Buffer[] = [];
  let copied = 0;
  for (let dollar = content.indexOf(DOLLAR); dollar >= 0; dollar = content.indexOf(DOLLAR, dollar)) {
    dollar += 1;
    const end = identEnd(content, dollar);
    if (end === 'none-follows') break;
    if (end === undefined) continue;
    pieces.push(content.subarray(copied, dollar), Buffer.from(`Id: ${blob} $`));
    copied = end;
    dollar = end;
  }
  return pieces.length === 0 ? content : Buffer.concat([...pieces, content.subarray(copied)]);
}

/** Where an ident ends whose first `$` is behind us. */
function identEnd(content: Buffer, start: number): number | 'none-follows' | undefined {
  if (content.length - start < 3 || content.toString('latin1', start, start + 2) !== 'Id') return undefined;
  if (content[start + 2] === DOLLAR) return start + 3;
  if (content[start + 2] !== COLON) return undefined;
  const end = content.indexOf(DOLLAR, start + 3);
  if (end < 0) return 'none-follows';
  // Searched no further, so that many idents on one line take no longer than few.
  const inside = content.subarray(start + 3, end);
  if (inside.includes(NEWLINE)) return undefined;
  const space = inside.indexOf(SPACE, 1);
  return space >= 0 && space < inside.length - 1 ? undefined : end + 1;
}
