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
  const reader = new IdentReader(`: ${blob} $`);
  for (let at = 0; at < content.length; ) {
    if (reader.isIdle) {
      const dollar = content.indexOf(DOLLAR, at);
      const end = dollar < 0 ? content.length : dollar;
      reader.copy(content.subarray(at, end));
      at = end;
    }
    const byte = content[at];
    if (byte !== undefined) reader.read(byte);
    at += 1;
  }
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

  /** Nothing but a dollar can begin anything. */
  get isIdle(): boolean {
    return this.#seen === 0 && !this.#isInside && this.#held === '';
  }

  copy(bytes: Buffer): void {
    this.#written.push(bytes);
  }

  read(byte: number): void {
    if (this.#isInside) this.#readInside(byte);
    else if (HEAD[this.#seen] === byte) this.#seen += 1;
    else this.#readOther(byte);
  }

  finish(): Buffer {
    this.#held += HEAD.toString('latin1', 0, this.#seen);
    this.#write();
    return Buffer.concat(this.#written);
  }

  #readInside(byte: number): void {
    this.#held += String.fromCharCode(byte);
    if (byte !== NEWLINE && byte !== DOLLAR) return;
    this.#isInside = false;
    if (byte === DOLLAR && !isForeign(this.#held)) this.#held = this.#held.slice(0, 3) + this.#ident;
    this.#write();
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
