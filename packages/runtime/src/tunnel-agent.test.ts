import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { createCertificates, type RunningProxy, startHttpProxy } from '@gitsource/local-git';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findProxy, type HttpProxy } from './find-proxy.ts';
import { createOutgoingDownload } from './outgoing-download.ts';

const { caCertificate, certificate, privateKey } = await createCertificates();
let server: Server;
let origin: string;
let proxy: RunningProxy | undefined;

beforeAll(async () => {
  server = createServer({ key: privateKey, cert: certificate }, (request, response) => response.end(request.url));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => proxy?.close());

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** As the variables name it. */
function proxyAt(https_proxy: string): HttpProxy {
  const found = findProxy({ https_proxy }, '127.0.0.1');
  if (found === undefined || found === 'unsupported') throw new Error('the URL names no proxy');
  return found;
}

async function read(url: string, path = '/a'): Promise<string> {
  const download = createOutgoingDownload({ baseUrl: origin, caCertificate, proxy: proxyAt(url) });
  return readBy(download, path);
}

async function readBy(download: ReturnType<typeof createOutgoingDownload>, path: string): Promise<string> {
  const { body } = await download(`${origin}${path}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a download through a proxy', () => {
  it('goes through one tunnel, request after request', async () => {
    proxy = await startHttpProxy();
    const download = createOutgoingDownload({ baseUrl: origin, caCertificate, proxy: proxyAt(proxy.url) });

    expect([await readBy(download, '/a'), await readBy(download, '/b')]).toEqual(['/a', '/b']);
    expect(proxy.connects).toEqual([new URL(origin).host]);
  });

  it('proves who it is', async () => {
    proxy = await startHttpProxy({ credentials: 'ada:a:b@' });
    const { host } = new URL(proxy.url);

    expect(await read(`http://ada:a%3Ab%40@${host}`)).toBe('/a');
    await expect(read(`http://ada:hunter2@${host}`)).rejects.toMatchObject({
      code: 'runtime/proxy-unauthorized',
      message: expect.not.stringContaining('hunter2'),
    });
  });

  it('reaches a proxy over TLS', async () => {
    proxy = await startHttpProxy({ certificates: { certificate, privateKey } });
    expect(await read(proxy.url)).toBe('/a');
  });

  it('checks the certificate of the server, not only that of the proxy', async () => {
    proxy = await startHttpProxy();
    const download = createOutgoingDownload({ baseUrl: origin, proxy: proxyAt(proxy.url) });
    await expect(download(`${origin}/a`)).rejects.toMatchObject({ code: 'runtime/api-certificate-untrusted' });
  });

  it('says that the proxy refuses, fails, or is not there', async () => {
    proxy = await startHttpProxy();
    proxy.refuse(403);
    await expect(read(proxy.url)).rejects.toMatchObject({ code: 'runtime/proxy-refused', retryable: false });
    proxy.refuse(502);
    await expect(read(proxy.url)).rejects.toMatchObject({ code: 'runtime/proxy-refused', retryable: true });
    await expect(read('http://127.0.0.1:1')).rejects.toMatchObject({
      code: 'runtime/proxy-refused',
      message: expect.stringContaining('http://127.0.0.1:1 cannot be reached'),
    });
  });

  it('gives up on a proxy that never answers when the caller does', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const options = { baseUrl: origin, caCertificate, proxy: proxyAt(url), answerTimeoutMs: 100 };
    const download = createOutgoingDownload(options);

    await expect(download(`${origin}/a`, { isRepeatable: false })).rejects.toMatchObject({
      code: 'runtime/api-timeout',
    });
    silent.close();
  });
});
