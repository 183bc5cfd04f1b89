import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RuntimeError } from './errors.ts';
import { parseHttpRequest } from './http-request.ts';

const MAX_BYTES = 32;
const version2 = (part: object) => ({
  version: '2.0',
  rawPath: '/webhooks/my-git',
  headers: { 'content-type': 'application/json' },
  requestContext: { http: { method: 'POST', sourceIp: '192.0.2.7' } },
  isBase64Encoded: false,
  ...part,
});

describe('parseHttpRequest', () => {
  it('reads payload 2.0, its body in clear or base64, to the same bytes', () => {
    const text = '{"größe": "📏"}';
    const clear = parseHttpRequest(version2({ body: text }), MAX_BYTES);
    const encoded = parseHttpRequest(
      version2({ body: Buffer.from(text).toString('base64'), isBase64Encoded: true }),
      MAX_BYTES,
    );

    expect(clear).toEqual({
      method: 'POST',
      path: '/webhooks/my-git',
      headers: { 'content-type': 'application/json' },
      sourceIp: '192.0.2.7',
      body: Buffer.from(text),
    });
    expect(encoded).toEqual(clear);
  });

  it('reads payload 1.0, its header names in lower case', () => {
    const event = {
      httpMethod: 'POST',
      path: '/webhooks/my-git',
      headers: { 'X-GitHub-Event': 'push' },
      requestContext: { identity: { sourceIp: '10.0.0.5' } },
      body: 'x',
      isBase64Encoded: false,
    };

    expect(parseHttpRequest(event, MAX_BYTES)).toMatchObject({
      headers: { 'x-github-event': 'push' },
      sourceIp: '10.0.0.5',
    });
  });

  it('takes no body for an empty one, and leaves a body over the limit undecoded', () => {
    expect(parseHttpRequest(version2({}), MAX_BYTES).body).toHaveLength(0);
    expect(parseHttpRequest(version2({ body: 'x'.repeat(32) }), MAX_BYTES).body).toHaveLength(32);
    expect(parseHttpRequest(version2({ body: 'ü'.repeat(17) }), MAX_BYTES).body).toBeUndefined();
    const base64 = Buffer.alloc(33).toString('base64');
    expect(parseHttpRequest(version2({ body: base64, isBase64Encoded: true }), MAX_BYTES).body).toBeUndefined();
  });

  it('gives a request or a coded error, for any event', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.object().map(version2)), (event) => {
        try {
          expect(parseHttpRequest(event, MAX_BYTES).path).toEqual(expect.any(String));
        } catch (error) {
          expect(error).toBeInstanceOf(RuntimeError);
        }
      }),
    );
  });
});
