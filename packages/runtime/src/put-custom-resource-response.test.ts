import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CustomResourceResponse, putCustomResourceResponse } from './put-custom-resource-response.ts';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const RESPONSE: CustomResourceResponse = {
  Status: 'FAILED',
  Reason: 'why',
  PhysicalResourceId: 'id',
  StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/s/1',
  RequestId: 'r',
  LogicalResourceId: 'Key',
};

let server: Server;
let url: string;
let statuses: number[];
let received: Received[];

beforeAll(async () => {
  server = createServer((message, response) => {
    void text(message).then((body) => {
      received.push({ method: message.method, url: message.url, headers: message.headers, body });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bucket/arn%3Aaws%7CKey?X-Amz-Signature=s3cret`;
});
beforeEach(() => {
  statuses = [];
  received = [];
});
afterAll(() => server.close());

describe('putCustomResourceResponse', () => {
  it('puts JSON to the URL as it is, with its length and without a type', async () => {
    await putCustomResourceResponse(url, RESPONSE);

    const [request] = received;
    expect([request?.method, request?.url]).toEqual(['PUT', '/bucket/arn%3Aaws%7CKey?X-Amz-Signature=s3cret']);
    expect(request?.headers['content-type']).toBeUndefined();
    expect(request?.headers['content-length']).toBe(String(request?.body.length));
    expect(JSON.parse(request?.body ?? '')).toEqual(RESPONSE);
  });

  it('tries again after an error of the server', async () => {
    statuses = [503];

    await putCustomResourceResponse(url, RESPONSE);

    expect(received).toHaveLength(2);
  });

  it.each(['x', 'é', '"', '\u{1F511}'])('cuts a reason of many %s, so that the whole fits', async (letter) => {
    await putCustomResourceResponse(url, { ...RESPONSE, Reason: letter.repeat(9000) });

    const bytes = Buffer.byteLength(received[0]?.body ?? '');
    expect(bytes).toBeLessThanOrEqual(4096);
    expect(bytes).toBeGreaterThan(4090);
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'id' });
  });

  it('rejects where the URL is refused, without its signature', async () => {
    statuses = [403];

    const failed = putCustomResourceResponse(url, RESPONSE);

    await expect(failed).rejects.toMatchObject({ code: 'runtime/custom-resource-unanswered' });
    await expect(failed).rejects.not.toThrow(/s3cret/);
  });
});
