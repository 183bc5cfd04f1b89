import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createCertificates } from '@gitsource/local-git';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutgoingFetch } from './outgoing-fetch.ts';

let server: Server;
let baseUrl: string;
let requests: { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers'] }[];
let answer: (attempt: number, response: ServerResponse) => void;

async function listen(on: Server): Promise<number> {
  await new Promise<void>((resolve) => on.listen(0, '127.0.0.1', resolve));
  return (on.address() as AddressInfo).port;
}

beforeEach(async () => {
  requests = [];
  answer = (_, response) => response.end('fine');
  server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    request.resume();
    answer(requests.length, response);
  });
  baseUrl = `http://127.0.0.1:${await listen(server)}/api/v3`;
});

let secure: Server | undefined;

/** A server of a private authority. */
async function listenSecurely(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
  madeAt?: Date,
): Promise<{ caCertificate: string; url: string }> {
  const { caCertificate, certificate, privateKey } = await createCertificates(madeAt);
  secure = createHttpsServer({ key: privateKey, cert: certificate }, listener);
  return { caCertificate, url: `https://127.0.0.1:${await listen(secure)}/` };
}

afterEach(() => {
  for (const open of [server, secure]) {
    open?.closeAllConnections();
    open?.close();
  }
  secure = undefined;
});

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_: number, response: ServerResponse) =>
    response.writeHead(code, headers).end('{}');

describe('createOutgoingFetch', () => {
  it('sends method, headers and body, and gives back status, headers and body', async () => {
    answer = (_, response) =>
      response.writeHead(201, { 'content-type': 'application/json', link: '<x>' }).end('{"a":"ü"}');

    const response = await createOutgoingFetch({ baseUrl })(`${baseUrl}/hooks?page=2`, {
      method: 'POST',
      headers: { authorization: 'Bearer t' },
      body: '{"x":"ü"}',
    });

    expect(response.status).toBe(201);
    expect(response.headers.get('link')).toBe('<x>');
    expect(await response.json()).toEqual({ a: 'ü' });
    expect(requests).toMatchObject([
      { method: 'POST', url: '/api/v3/hooks?page=2', headers: { authorization: 'Bearer t' } },
    ]);
  });

  it('gives an answer without a body as such', async () => {
    answer = status(204);

    const response = await createOutgoingFetch({ baseUrl })(`${baseUrl}/x`, { method: 'DELETE' });

    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
  });

  it.each([
    ['another host', 'http://localhost:1/api/v3/hooks'],
    ['another port', 'http://127.0.0.1:1/api/v3/hooks'],
    ['a path beside', 'BASE-evil/hooks'],
    ['a path above', 'BASE/../../hooks'],
    ['a user in the URL', 'http://user:pass@HOST/api/v3/hooks'],
  ])('sends nothing to %s', async (_, template) => {
    const url = template.replace('BASE', baseUrl).replace('HOST', new URL(baseUrl).host);

    await expect(createOutgoingFetch({ baseUrl })(url)).rejects.toMatchObject({ code: 'runtime/api-outside-base' });
    expect(requests).toEqual([]);
  });

  it('follows no redirect, not even to itself', async () => {
    answer = status(302, { location: `${baseUrl}/elsewhere` });

    await expect(createOutgoingFetch({ baseUrl })(`${baseUrl}/x`)).rejects.toMatchObject({
      code: 'runtime/api-redirected',
    });
    expect(requests).toHaveLength(1);
  });

  it('tries again after 429 and 5xx where that is idempotent, with the pause that is asked for', async () => {
    answer = (attempt, response) =>
      attempt < 3 ? status(attempt === 1 ? 429 : 503, { 'retry-after': '0' })(0, response) : response.end('fine');
    const begin = performance.now();

    const response = await createOutgoingFetch({ baseUrl })(`${baseUrl}/x`);

    expect(response.status).toBe(200);
    expect(requests).toHaveLength(3);
    expect(performance.now() - begin).toBeLessThan(400);
  });

  it('waits as long as it is asked to', async () => {
    answer = (attempt, response) => (attempt === 1 ? status(429, { 'retry-after': '1' })(0, response) : response.end());
    const begin = performance.now();

    await createOutgoingFetch({ baseUrl })(`${baseUrl}/x`);

    expect(performance.now() - begin).toBeGreaterThan(950);
  });

  it('gives the answer back where it is asked to wait for long, and after three attempts', async () => {
    answer = status(429, { 'retry-after': '3600' });
    expect((await createOutgoingFetch({ baseUrl })(`${baseUrl}/x`)).status).toBe(429);
    expect(requests).toHaveLength(1);
    answer = status(500, { 'retry-after': '0' });

    expect((await createOutgoingFetch({ baseUrl })(`${baseUrl}/x`)).status).toBe(500);
    expect(requests).toHaveLength(4);
  });

  it('sends a POST again where its caller says that it may', async () => {
    answer = (attempt, response) =>
      attempt < 3 ? status(502, { 'retry-after': '0' })(0, response) : response.end('fine');

    const response = await createOutgoingFetch({ baseUrl })(`${baseUrl}/x`, { method: 'POST', isRepeatable: true });

    expect(response.status).toBe(200);
    expect(requests).toHaveLength(3);
  });

  it.each(['POST', 'PATCH'])('sends %s once only', async (method) => {
    answer = status(503, { 'retry-after': '0' });

    expect((await createOutgoingFetch({ baseUrl })(`${baseUrl}/x`, { method })).status).toBe(503);
    expect(requests).toHaveLength(1);
  });

  it('says that nobody listens, without the query', async () => {
    server.close();

    const failing = createOutgoingFetch({ baseUrl })(`${baseUrl}/x?private_token=hunter2`, { method: 'POST' });

    await expect(failing).rejects.toMatchObject({ code: 'runtime/api-unreachable', retryable: true });
    await expect(failing).rejects.toThrow('(ECONNREFUSED)');
    await expect(failing).rejects.not.toThrow('hunter2');
  });

  it('waits only so long, for headers and for a body that does not end', async () => {
    const slow = createOutgoingFetch({ baseUrl, timeoutMs: 100 });
    answer = () => undefined;
    await expect(slow(`${baseUrl}/x`, { method: 'POST' })).rejects.toMatchObject({ code: 'runtime/api-timeout' });
    answer = (_, response) => response.writeHead(200).write('some');

    await expect(slow(`${baseUrl}/x`, { method: 'POST' })).rejects.toMatchObject({ code: 'runtime/api-timeout' });
  });

  it('reads only so much', async () => {
    answer = (_, response) => response.end('x'.repeat(2000));

    await expect(createOutgoingFetch({ baseUrl, maxBytes: 1000 })(`${baseUrl}/x`)).rejects.toMatchObject({
      code: 'runtime/api-answer-too-large',
    });
    expect(requests).toHaveLength(1);
  });

  it('trusts a private authority when it is told of it', async () => {
    const { caCertificate, url } = await listenSecurely((_, response) => response.end('fine'));

    expect((await createOutgoingFetch({ baseUrl: url, caCertificate })(url)).status).toBe(200);
  });

  const YEARS_AGO = new Date('2001-02-03');

  it.each<[string, string, Date | undefined, (own: string) => string | undefined]>([
    ['an authority that nobody knows', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, () => undefined],
    ['a certificate of the past', 'CERT_HAS_EXPIRED', YEARS_AGO, (own) => own],
    [
      'an authority that is no PEM',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      undefined,
      () => '-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n',
    ],
  ])('says of %s that the certificate is not trusted (%s), once and for good', async (_, reason, madeAt, toTrust) => {
    const { caCertificate, url } = await listenSecurely(() => undefined, madeAt);
    let connections = 0;
    secure?.on('connection', () => connections++);
    const trusted = toTrust(caCertificate);

    const refused = createOutgoingFetch({ baseUrl: url, ...(trusted !== undefined && { caCertificate: trusted }) })(
      url,
    );

    await expect(refused).rejects.toMatchObject({
      code: 'runtime/api-certificate-untrusted',
      fault: 'permission',
      retryable: false,
      message: expect.stringMatching(new RegExp(`\\(${reason}\\).*"caCertificate"`)),
    });
    expect(connections).toBe(1);
  });

  it.each([307, 308])('takes a POST along where %i leads below the base', async (code) => {
    const bodies: string[] = [];
    const { caCertificate, url } = await listenSecurely(async (request, response) => {
      bodies.push(await text(request));
      if (request.url === '/old') response.writeHead(code, { location: '/new' }).end();
      else response.writeHead(201, { 'x-method': request.method }).end('{}');
    });

    const fetchApi = createOutgoingFetch({ baseUrl: url, caCertificate, followRedirects: true });
    const response = await fetchApi(`${url}old`, { method: 'POST', body: '{"a":1}' });

    expect(response.status).toBe(201);
    expect(response.headers.get('x-method')).toBe('POST');
    expect(bodies).toEqual(['{"a":1}', '{"a":1}']);
  });

  it.each([
    [301, '/below'],
    [302, '/below'],
    [303, '/below'],
    [307, 'https://localhost:1/'],
  ])('takes a POST nowhere where %i leads to %s', async (code, location) => {
    let seen = 0;
    const { caCertificate, url } = await listenSecurely((_, response) => {
      seen++;
      response.writeHead(code, { location }).end();
    });

    const fetchApi = createOutgoingFetch({ baseUrl: url, caCertificate, followRedirects: true });

    await expect(fetchApi(url, { method: 'POST', body: '{}' })).rejects.toMatchObject({
      code: 'runtime/api-redirected',
    });
    expect(seen).toBe(1);
  });
});
