/** A Map that forgets what was set longest ago: what a function's instance keeps may not grow for as long as it lives. */
export class BoundedMap<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #maxEntries: number;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#maxEntries && oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

/** What is kept under a key, or is being read for it; neither what is not there nor what fails is kept. */
export function readOnce<Value>(
  kept: BoundedMap<Promise<Value | undefined>>,
  key: string,
  read: () => Promise<Value | undefined>,
): Promise<Value | undefined> {
  const found = kept.get(key);
  if (found !== undefined) return found;
  const reading = read();
  kept.set(key, reading);
  reading.then(
    (value) => value === undefined && kept.delete(key),
    () => kept.delete(key),
  );
  return reading;
}
