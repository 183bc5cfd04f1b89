/** Condition keys of one request. Names are compared without case; a key may have several values or be absent. */
export class RequestContext {
  readonly #values = new Map<string, readonly string[]>();

  constructor(entries: Iterable<readonly [string, string | readonly string[] | undefined]>) {
    for (const [key, value] of entries) {
      if (value === undefined) continue;
      this.#values.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
    }
  }

  get(key: string): readonly string[] | undefined {
    return this.#values.get(key.toLowerCase());
  }
}
