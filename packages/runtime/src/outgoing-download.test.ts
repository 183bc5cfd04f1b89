import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificates } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOutgoingDownload, type DownloadOptions } from './outgoing-download.ts';

const { caCertificate, certificate, privateKey } = await createCertificates();
type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

interface Host {
  readonly server: Server;
  readonly url: string;
  readonly seen: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  answer: Answer;
}

async function startHost(): Promise<Host> {
  const server = createServer({ key: privateKey, cert: certificate }, (request, response) => {
    host.seen.push({ url: request.url ?? '', headers: request.headers });
    host.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const host: Host = { server, url, seen: [], answer: (_, response) => response.end('fine') };
  return host;
}

let api: Host;
let storage: Host;

beforeAll(async () => {
  [api, storage] = await Promise.all([startHost(), startHost()]);
});
afterAll(() => {
  for (const { server } of [api, storage]) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(() => {
  for (const host of [api, storage]) {
    host.seen.length = 0;
    host.answer = (_, response) => response.end('fine');
  }
});

const SECRET = { authorization: 'Bearer hunter2', 'private-token': 'hunter2', cookie: 'a=hunter2', accept: '*/*' };

function start(path: string, options: Partial<DownloadOptions> = {}, signal?: AbortSignal) {
  const download = createOutgoingDownload({ baseUrl: `${api.url}/api`, caCertificate, ...options });
  return download(`${api.url}${path}`, { headers: SECRET, signal });
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const redirect =
  (to: string, status = 302): Answer =>
  (_, response) =>
    response.writeHead(status, { location: to }).end();

describe('createOutgoingDownload', () => {
  it('gives a body while it arrives', async () => {
    let end = () => {};
    api.answer = (_, response) => {
      response.write('first');
      end = () => response.end('last');
    };

    const { body, status } = await start('/api/x');
    expect(status).toBe(200);
    expect(Buffer.from((await body.next()).value ?? []).toString()).toBe('first');
    end();

    expect(await collect(body)).toBe('last');
  });

  it('reads no faster than it is asked to', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    let written = 0;
    api.answer = async (_, response) => {
      for (; written < 200; written++) {
        if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end();
    };

    const { body } = await start('/api/x');
    await body.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(100);
    await body.return?.();
  });

  it.each([301, 302, 303, 307, 308])('leaves credentials behind where %i leads elsewhere', async (status) => {
    api.answer = redirect(`${storage.url}/zip?token=link`, status);

    const { body, url } = await start('/api/x');
    expect(await collect(body)).toBe('fine');
    expect(url.href).toBe(`${storage.url}/zip?token=link`);
    expect(storage.seen).toHaveLength(1);
    expect(storage.seen[0]).toMatchObject({ url: '/zip?token=link', headers: { accept: '*/*' } });
    expect(JSON.stringify(storage.seen)).not.toContain('hunter2');
  });

  it('takes credentials along below the base, and leaves them behind beside it', async () => {
    api.answer = (request, response) =>
      request.url === '/api/old' ? redirect('/api/new')(request, response) : redirect('/beside')(request, response);
    await expect(start('/api/old')).rejects.toMatchObject({ code: 'runtime/api-redirected' });

    expect(api.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/api/old', 'Bearer hunter2'],
      ['/api/new', 'Bearer hunter2'],
      ['/beside', undefined],
      ['/beside', undefined],
    ]);
  });

  it.each([
    'http://127.0.0.1:1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0xa9fea9fe/',
    'https://[fe80::1]/',
    'https://me:hunter2@127.0.0.1:1/',
    'file:///etc/passwd',
    'https://',
  ])('does not go to %s', async (location) => {
    api.answer = redirect(location);

    const failing = start('/api/x');
    await expect(failing).rejects.toMatchObject({ code: 'runtime/api-redirected', retryable: false });
    await expect(failing).rejects.not.toThrow('hunter2');
    expect(api.seen).toHaveLength(1);
  });

  it('starts below its base only', async () => {
    await expect(start('/apiary')).rejects.toMatchObject({ code: 'runtime/api-outside-base' });
    expect(api.seen).toEqual([]);
  });

  it('gives every status back, after three attempts at 5xx', async () => {
    api.answer = (_, response) => response.writeHead(503, { 'retry-after': '0' }).end('no');

    const { body, status } = await start('/api/x');
    expect([status, await collect(body)]).toEqual([503, 'no']);
    expect(api.seen).toHaveLength(3);
  });

  it('reads the date until which it is to wait', async () => {
    const at = new Date(Date.now() - 60_000).toUTCString();
    api.answer = (_, response) => {
      response.writeHead(api.seen.length === 1 ? 429 : 200, { 'retry-after': at }).end();
    };
    const begin = performance.now();

    expect((await start('/api/x')).status).toBe(200);
    expect(performance.now() - begin).toBeLessThan(400);
  });

  it.each([
    ['says less than it promised', { 'content-length': '100' }],
    ['ends without saying so', {}],
  ])('throws where the server %s', async (_, headers) => {
    api.answer = (_request, response) => {
      response.writeHead(200, headers).write('some');
      setTimeout(() => response.destroy(), 30);
    };

    const { body } = await start('/api/x');
    await expect(collect(body)).rejects.toMatchObject({ code: 'runtime/download-truncated', retryable: true });
  });

  it('gives a silent server only so long, before the answer and in the middle', async () => {
    api.answer = () => undefined;
    await expect(start('/api/x', { answerTimeoutMs: 50 })).rejects.toMatchObject({ code: 'runtime/api-timeout' });
    api.answer = (_, response) => response.writeHead(200).write('some');

    const { body } = await start('/api/x', { idleTimeoutMs: 100 });
    const failing = collect(body);
    await expect(failing).rejects.toMatchObject({ code: 'runtime/api-timeout', retryable: true });
    await expect(failing).rejects.toThrow('sent nothing for 0.1 s');
  });

  it('does not hurry a reader who takes his time', async () => {
    api.answer = (_, response) => {
      response.write('first');
      setTimeout(() => response.end('last'), 20);
    };

    const { body } = await start('/api/x', { idleTimeoutMs: 100 });
    await body.next();
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await collect(body)).toBe('last');
  });

  it('ends with the reason of its signal: before, while waiting, in a pause, and in the middle', async () => {
    const aborting = (afterMs: number) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('enough')), afterMs);
      return controller.signal;
    };
    await expect(start('/api/x', {}, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    api.answer = () => undefined;
    await expect(start('/api/x', {}, aborting(50))).rejects.toThrow('enough');
    api.answer = (_, response) => response.writeHead(429, { 'retry-after': '20' }).end();
    await expect(start('/api/x', {}, aborting(50))).rejects.toThrow('enough');
    api.answer = (_, response) => response.writeHead(200).write('some');
    await expect(start('/api/x', {}, aborting(50)).then(({ body }) => collect(body))).rejects.toThrow('enough');
  });

  it('closes the connection of a body that is left', async () => {
    let closed = 0;
    api.answer = (_, response) => {
      response.writeHead(200).write('some');
      response.on('close', () => closed++);
    };

    (await start('/api/x')).discard();
    await (await start('/api/x')).body.return?.();
    const { body } = await start('/api/x');
    for await (const _ of body) break;

    await expect.poll(() => closed).toBe(3);
  });
});
