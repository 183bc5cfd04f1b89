import { ProvidersError } from './errors.ts';

/** `PK\3\4` of a first entry, `PK\5\6` of a zip without entries. */
const SIGNATURES: readonly string[] = ['504b0304', '504b0506'];
const SIGNATURE_BYTES = 4;

/**
 * Reads as far as says whether a body is a zip, and gives all of it. Throws `providers/archive-not-zip` for another one
 * (a sign-in page, JSON), and whatever the body throws.
 */
export async function requireZipStart(
  body: AsyncIterableIterator<Uint8Array>,
  what: string,
): Promise<AsyncIterableIterator<Uint8Array>> {
  const head: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < SIGNATURE_BYTES) {
    const step = await body.next();
    if (step.done === true) break;
    head.push(step.value);
    bytes += step.value.length;
  }
  const start = Buffer.concat(head).subarray(0, SIGNATURE_BYTES).toString('hex');
  if (SIGNATURES.includes(start)) return withHead(head, body);
  await body.return?.();
  throw new ProvidersError(
    'providers/archive-not-zip',
    `${what} is no zip. Often it is a page to sign in, or of a proxy: check the token and the way to the server.`,
  );
}

/** Not a generator: one that was never started would not end the body when it is closed. */
function withHead(head: Uint8Array[], body: AsyncIterableIterator<Uint8Array>): AsyncIterableIterator<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const value = head.shift();
      return value === undefined ? body.next() : { done: false, value };
    },
    async return() {
      await body.return?.();
      return { done: true, value: undefined };
    },
  };
}
