/** With the byte that ends a C string, which git takes for a part of the word. */
const HEAD = Buffer.from('$Id\0');
const DOLLAR = 0x24;
const COLON = 0x3a;
const NEWLINE = 0x0a;

/**
 * Writes the blob's ID into `$Id$` and `$Id: … $`, as git does to a content that it converts while it is written. That differs
 * from `expandIdent` where dollars stand close to each other, in what counts as another system's, and in one case of lost text:
 * `$Idx$Id:y$` becomes one ident. A checkout has it so.
 */
export function expandIdentStreamed(content: Buffer, blob: string): Buffer {
  if (!content.includes('$Id')) return content;
  const reader = new IdentReader(`: ${blob} $`);
  for (let at = 0; at < content.length; ) at = reader.read(content, at);
  return reader.finish();
}

class IdentReader {
  readonly #ident: string;
  readonly #written: Buffer[] = [];
  /** How much of `HEAD` was just read. */
  #seen = 0;
  #isInside = false;
  /** Not written yet, one character for each byte. */
  #held = '';

  constructor(ident: string) {
    this.#ident = ident;
  }

  /** Returns where to read on. */
  read(content: Buffer, at: number): number {
    if (this.#isInside) return this.#readInside(content, at);
    if (this.#seen === 0 && this.#held === '') return this.#skip(content, at);
    const byte = content[at] ?? 0;
    if (HEAD[this.#seen] === byte) this.#seen += 1;
    else this.#readOther(byte);
    return at + 1;
  }

  finish(): Buffer {
    this.#held += HEAD.toString('latin1', 0, this.#seen);
    this.#write();
    return Buffer.concat(this.#written);
  }

  /** Nothing but a dollar begins anything. */
  #skip(content: Buffer, at: number): number {
    const dollar = content.indexOf(DOLLAR, at);
    const end = dollar < 0 ? content.length : dollar;
    this.#written.push(content.subarray(at, end));
    this.#seen = dollar < 0 ? 0 : 1;
    return end + 1;
  }

  /** Up to the end of the ident, or of its line. */
  #readInside(content: Buffer, at: number): number {
    const dollar = content.indexOf(DOLLAR, at);
    const inside = content.subarray(at, dollar < 0 ? content.length : dollar + 1);
    const newline = inside.indexOf(NEWLINE);
    const read = newline < 0 ? inside : inside.subarray(0, newline + 1);
    this.#held += read.toString('latin1');
    if (newline >= 0 || dollar >= 0) {
      this.#isInside = false;
      const isIdent = newline < 0 && !isForeign(this.#held);
      if (isIdent) this.#held = this.#held.slice(0, 3) + this.#ident;
      this.#write();
    }
    return at + read.length;
  }

  #readOther(byte: number): void {
    const isHeadRead = this.#seen === 3;
    this.#held += HEAD.toString('latin1', 0, this.#seen);
    this.#seen = 0;
    if (isHeadRead && byte === DOLLAR) this.#held += this.#ident;
    else this.#held += String.fromCharCode(byte);
    if (isHeadRead && byte === COLON) this.#isInside = true;
    else if (!isHeadRead || byte === DOLLAR) this.#write();
  }

  #write(): void {
    if (this.#held !== '') this.#written.push(Buffer.from(this.#held, 'latin1'));
    this.#held = '';
  }
}

/** With a blank within, up to a NUL. */
function isForeign(ident: string): boolean {
  return /^\$Id: [^\0]*?[ \t\r\n](?!\$)/.test(ident);
}
