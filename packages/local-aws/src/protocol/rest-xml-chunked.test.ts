import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Trailers, unchunk } from './rest-xml-chunked.ts';

async function* pieces(body: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

async function read(body: Buffer, size: number): Promise<{ content: Buffer; trailers: Trailers }> {
  const trailers: Trailers = new Map();
  const chunks: Buffer[] = [];
  for await (const chunk of unchunk(pieces(body, size), trailers)) chunks.push(chunk);
  return { content: Buffer.concat(chunks), trailers };
}

function framed(chunks: readonly Uint8Array[], tail: string): Buffer {
  const parts = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)};chunk-signature=${'0'.repeat(64)}\r\n`),
    Buffer.from(chunk),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(tail)]);
}

describe('unchunk', () => {
  it('gives the content and the trailers, however the bytes arrive', async () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });

    await fc.assert(
      fc.asyncProperty(chunks, fc.integer({ min: 1, max: 500 }), async (content, size) => {
        const body = framed(content, '0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n');

        const got = await read(body, size);

        expect(got.content.equals(Buffer.concat(content))).toBe(true);
        expect([...got.trailers]).toEqual([['x-amz-checksum-crc32', 'AAAAAA==']]);
      }),
    );
  });

  it('takes a body without trailers', async () => {
    expect((await read(Buffer.from('3\r\nabc\r\n0\r\n\r\n'), 100)).content.toString()).toBe('abc');
  });

  it.each([
    ['5\r\nabc', 'ends too early'],
    ['3\r\nabcd\r\n0\r\n\r\n', 'longer'],
    ['xyz\r\n', 'not the head'],
    ['', 'ends too early'],
    ['3'.repeat(20_000), 'does not end'],
    ['ffffffffffffffff\r\n', 'not the head'],
  ])('refuses %.20j', async (body, reason) => {
    await expect(read(Buffer.from(body), 7)).rejects.toMatchObject({
      code: 'IncompleteBody',
      message: expect.stringContaining(reason),
    });
  });
});
