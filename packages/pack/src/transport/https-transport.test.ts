import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseGitUrl } from '@gitsource/events';
import {
  commitFiles,
  type GitServer,
  type LocalRepository,
  startGitServer,
  startHttpProxy,
} from '@gitsource/local-git';
import { findProxy } from '@gitsource/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listRefs, openSession } from '../index.ts';
import { createHttpsTransport, type HttpsTransportOptions } from './https-transport.ts';

const folder = mkdtempSync(join(tmpdir(), 'https transport '));
let server: GitServer;
let repository: LocalRepository;

beforeAll(async () => {
  server = await startGitServer({ folder });
  repository = await server.createRepository('team/app', { access: 'public' });
  await commitFiles(repository.folder, 'main', { message: 'First', files: { a: 'a' } });
});

afterEach(() => server.setFault(undefined));

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function read(over: Partial<HttpsTransportOptions> = {}): Promise<string[]> {
  const { caCertificate } = server.https;
  const url = parseGitUrl(repository.httpsUrl);
  const session = await openSession(createHttpsTransport({ url, caCertificate, ...over }));
  if (session === 'unsupported') throw new Error('git speaks version 2');
  return (await listRefs(session, ['refs/'])).map(({ name }) => name);
}

describe('createHttpsTransport', () => {
  it.each([
    ['never answers', { kind: 'hang' }, { idleTimeoutMs: 200 }, 'after 0.2 s without a byte'],
    ['falls silent', { kind: 'slow', bytesPerSecond: 1 }, { idleTimeoutMs: 200 }, 'after 0.2 s without a byte'],
    ['never ends', { kind: 'slow', bytesPerSecond: 100 }, { totalTimeoutMs: 700 }, 'after 0.7 s in all'],
  ] as const)('gives up on a server that %s', async (_what, fault, limits, words) => {
    server.setFault(fault);
    await expect(read(limits)).rejects.toMatchObject({
      code: 'pack/timeout',
      retryable: true,
      message: expect.stringContaining(words),
    });
  });

  it('gives up when the caller does', async () => {
    server.setFault({ kind: 'hang' });
    const reason = new Error('enough');
    const ending = new AbortController();
    const reading = read({ signal: ending.signal });
    setTimeout(() => ending.abort(reason), 100);

    await expect(reading).rejects.toBe(reason);
  });

  it('goes through a proxy', async () => {
    const running = await startHttpProxy({ credentials: 'ada:secret' });
    try {
      const https_proxy = running.url.replace('//', '//ada:secret@');
      const proxy = findProxy({ https_proxy }, '127.0.0.1');
      if (proxy === undefined || proxy === 'unsupported') throw new Error('the URL names no proxy');

      expect(await read({ proxy })).toEqual(['refs/heads/main']);
      expect(running.connects).toEqual([new URL(repository.httpsUrl).host]);
    } finally {
      await running.close();
    }
  });
});
