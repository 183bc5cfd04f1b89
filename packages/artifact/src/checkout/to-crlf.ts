const NUL = 0x00;
const BACKSPACE = 0x08;
const TAB = 0x09;
const NEWLINE = 0x0a;
const FORM_FEED = 0x0c;
const RETURN = 0x0d;
const END_OF_FILE = 0x1a;
const ESCAPE = 0x1b;
const SPACE = 0x20;
const DELETE = 0x7f;

/** Puts a CR before each LF that has none; the content itself where there is none. */
export function toCrlf(content: Buffer): Buffer {
  const bare = countBare(content);
  if (bare === 0) return content;
  // A loop over bytes: lines are short, and a call for each would cost more.
  const converted = Buffer.allocUnsafe(content.length + bare);
  let to = 0;
  let before = 0;
  for (const byte of content) {
    if (byte === NEWLINE && before !== RETURN) converted[to++] = RETURN;
    converted[to++] = byte;
    before = byte;
  }
  return converted;
}

function countBare(content: Buffer): number {
  let bare = 0;
  let before = 0;
  for (const byte of content) {
    if (byte === NEWLINE && before !== RETURN) bare += 1;
    before = byte;
  }
  return bare;
}

/** Either alone keeps git from converting a content by itself. */
export function hasReturnOrNul(content: Buffer): boolean {
  return content.includes(RETURN) || content.includes(NUL);
}

/** Whether git converts a content by itself: it has no CR at all, and little that cannot be printed. */
export function isConvertibleText(content: Buffer): boolean {
  if (hasReturnOrNul(content)) return false;
  let printable = 0;
  let other = 0;
  for (const byte of content) {
    if (isPrintable(byte)) printable += 1;
    else if (byte !== NEWLINE) other += 1;
  }
  if (content.at(-1) === END_OF_FILE) other -= 1;
  return Math.floor(printable / 128) >= other;
}

function isPrintable(byte: number): boolean {
  if (byte >= SPACE) return byte !== DELETE;
  return byte === BACKSPACE || byte === TAB || byte === FORM_FEED || byte === ESCAPE;
}
