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
  const bare: number[] = [];
  for (let at = content.indexOf(NEWLINE); at >= 0; at = content.indexOf(NEWLINE, at + 1)) {
    if (content[at - 1] !== RETURN) bare.push(at);
  }
  if (bare.length === 0) return content;
  const converted = Buffer.allocUnsafe(content.length + bare.length);
  let from = 0;
  let to = 0;
  for (const at of bare) {
    to += content.copy(converted, to, from, at);
    converted[to] = RETURN;
    to += 1;
    from = at;
  }
  content.copy(converted, to, from);
  return converted;
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
