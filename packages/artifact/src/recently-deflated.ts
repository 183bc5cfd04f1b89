/** Of contents; which of them come several times is not known beforehand. */
const MAX_BYTES = 1024 * 1024;
/** Longer ones would push out many, and are rarely there twice. */
const MAX_CONTENT_BYTES = 64 * 1024;

/** What became of the contents that came or were asked for last, also of those under way: one that stands at several paths is deflated once. */
export class RecentlyDeflated<Result> {
  readonly #results = new Map<string, { readonly result: Promise<Result>; readonly bytes: number }>();
  #bytes = 0;

  get(blob: string): Promise<Result> | undefined {
    const known = this.#results.get(blob);
    if (known === undefined) return undefined;
    // A Map keeps the order of insertion: the least lately used come first.
    this.#results.delete(blob);
    this.#results.set(blob, known);
    return known.result;
  }

  /** `bytes` is the length of the content, which is no shorter than its result. */
  add(blob: string, bytes: number, result: Promise<Result>): void {
    if (bytes > MAX_CONTENT_BYTES) return;
    this.#results.set(blob, { result, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#results) {
      if (this.#bytes <= MAX_BYTES) return;
      this.#results.delete(oldest);
      this.#bytes -= freed;
    }
  }
}
