const ELLIPSIS = '…';

/** At most `maxCharacters` code points, the last one `…` when something is missing; no emoji is cut in half. */
export function cutCharacters(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  // A character has two units at most; of megabytes, no more than that is taken apart.
  const characters = Array.from(text.slice(0, 2 * maxCharacters + 2));
  if (characters.length <= maxCharacters) return text;
  return characters.slice(0, maxCharacters - 1).join('') + ELLIPSIS;
}

/** At most `maxUnits` of UTF-16, which is how Java and JavaScript count, ending in `…` when something is missing. */
export function cutUnits(text: string, maxUnits: number): string {
  if (text.length <= maxUnits) return text;
  return text.slice(0, maxUnits - ELLIPSIS.length).replace(/[\ud800-\udbff]$/, '') + ELLIPSIS;
}

/** At most `maxBytes` of UTF-8, ending in `…` when something is missing. */
export function cutBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  let end = Math.max(0, maxBytes - Buffer.byteLength(ELLIPSIS));
  // A byte 10xxxxxx continues a character; the cut must stand before its first byte.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8') + ELLIPSIS;
}
