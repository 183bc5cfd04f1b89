import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommitSha, parseGitUrl } from '@gitsource/events';
import {
  commitFiles,
  type GitServer,
  generateKeyPair,
  type LocalRepository,
  startGitServer,
} from '@gitsource/local-git';
import ssh2 from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findRef, openSession, packTree } from '../index.ts';
import { createSsh2Transport, type Ssh2TransportOptions } from './ssh2-transport.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssh2 test '));
const pair = generateKeyPair();
let server: GitServer;
let repository: LocalRepository;

beforeAll(async () => {
  server = await startGitServer({ folder });
  server.allowKey(pair.publicKey);
  repository = await server.createRepository('team/my app');
  await commitFiles(repository.folder, 'main', { message: 'First', files: { a: 'a', 'b/c': 'c' } });
});

afterEach(() => server.setFault(undefined));

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The paths of the newest commit of main. */
async function read(over: Partial<Ssh2TransportOptions> = {}): Promise<string[] | 'unsupported'> {
  const { knownHosts } = server.ssh;
  const url = parseGitUrl(repository.sshUrl);
  const transport = createSsh2Transport({ url, knownHosts, privateKey: pair.privateKey, ...over });
  try {
    const session = await openSession(transport);
    if (session === 'unsupported') return session;
    const ref = await findRef(session, 'refs/heads/main');
    const tree = await packTree(session, parseCommitSha(ref?.sha ?? ''));
    const paths: string[] = [];
    for await (const { path } of tree.entries()) paths.push(path);
    await tree.close();
    return paths;
  } finally {
    transport.close();
  }
}

/** The line of `known_hosts` for a key pair. */
function hostLine({ publicKey }: { readonly publicKey: string }, port = server.ssh.port): string {
  return `[127.0.0.1]:${port} ${publicKey}`;
}

describe('createSsh2Transport', () => {
  it('reads a commit over one channel', async () => {
    expect(await read()).toEqual(['a', 'b/c']);
  });

  it.each(['ed25519', 'rsa', 'ecdsa'] as const)('proves itself by a key of %s in every form', async (kind) => {
    const { publicKey, privateKey, privateKeyPem } = generateKeyPair(kind);
    server.allowKey(publicKey);
    const forms = [privateKey];
    if (privateKeyPem !== undefined) {
      forms.push(privateKeyPem, createPrivateKey(privateKeyPem).export({ type: 'pkcs8', format: 'pem' }).toString());
    }
    for (const form of forms) expect(await read({ privateKey: form })).toEqual(['a', 'b/c']);
  });

  it.each(['rsa', 'ecdsa'] as const)('knows a server by a host key of %s', async (hostKey) => {
    const own = await startGitServer({ folder: join(folder, hostKey), hostKey });
    try {
      own.allowKey(pair.publicKey);
      const { sshUrl, folder: bare } = await own.createRepository('app');
      await commitFiles(bare, 'main', { message: 'First', files: { [hostKey]: '' } });
      expect(await read({ url: parseGitUrl(sshUrl), knownHosts: own.ssh.knownHosts })).toEqual([hostKey]);
    } finally {
      await own.close();
    }
  });

  it('asks a server with several host keys for one that is known', async () => {
    const keys = { ed25519: generateKeyPair('ed25519'), ecdsa: generateKeyPair('ecdsa'), rsa: generateKeyPair('rsa') };
    const hostKeys = Object.values(keys).map(({ privateKey }) => privateKey);
    const many = new ssh2.Server({ hostKeys }, (connection) => {
      connection.on('error', () => undefined).on('authentication', (context) => context.reject(['publickey']));
    });
    const port = await new Promise<number>((resolve) => {
      many.listen(0, '127.0.0.1', () => resolve((many.address() as AddressInfo).port));
    });
    try {
      const url = parseGitUrl(`ssh://git@127.0.0.1:${port}/app`);
      for (const known of Object.values(keys)) {
        // The host key is checked first: who is refused afterwards has passed it.
        await expect(read({ url, knownHosts: hostLine(known, port) })).rejects.toMatchObject({
          code: 'pack/access-refused',
        });
      }
    } finally {
      many.close();
    }
  });

  it('leaves a server that lets nobody set variables, and so speaks version 0, to git', async () => {
    server.setFault({ kind: 'protocol-v0' });
    expect(await read()).toBe('unsupported');
  });
});

describe('failures', () => {
  it.each([
    ['no host key', () => '', 'pack/host-key-unknown'],
    ['one of another kind', () => hostLine(generateKeyPair('rsa')), 'pack/host-key-changed'],
    ['another one', () => hostLine(generateKeyPair()), 'pack/host-key-changed'],
    ['a revoked one', () => `${server.ssh.knownHosts}@revoked ${server.ssh.knownHosts}`, 'pack/host-key-unknown'],
  ])('where %s is known', async (_what, knownHosts, code) => {
    await expect(read({ knownHosts: knownHosts() })).rejects.toMatchObject({ code, fault: 'permission' });
  });

  it('leaves what an authority vouches for to git', async () => {
    expect(await read({ knownHosts: `@cert-authority * ${pair.publicKey}` })).toBe('unsupported');
    expect(await read({ knownHosts: `@cert-authority * ${pair.publicKey}\n${server.ssh.knownHosts}` })).toEqual([
      'a',
      'b/c',
    ]);
  });

  it('where the key is refused, damaged, or none', async () => {
    const { privateKey } = generateKeyPair();
    const refused = { code: 'pack/access-refused', fault: 'permission' };
    await expect(read({ privateKey })).rejects.toMatchObject(refused);
    const transport = createSsh2Transport({ url: parseGitUrl(repository.sshUrl), knownHosts: server.ssh.knownHosts });
    await expect(openSession(transport)).rejects.toMatchObject(refused);
    await expect(read({ privateKey: privateKey.replace(/\n.{20}/, '\n') })).rejects.toMatchObject({
      code: 'pack/key-unreadable',
    });
  });

  it('where the repository is not there, in the words of the server', async () => {
    const url = parseGitUrl(repository.sshUrl.replace('my', 'no'));
    await expect(read({ url })).rejects.toMatchObject({
      code: 'pack/server-refused',
      serverWords: 'ERROR: Repository not found.',
    });
  });

  it('where the server is not there', async () => {
    for (const url of ['ssh://git@127.0.0.1:1/x', 'ssh://git@no-such-host.invalid/x']) {
      await expect(read({ url: parseGitUrl(url) })).rejects.toMatchObject({
        code: 'pack/host-unreachable',
        retryable: true,
      });
    }
    server.setFault({ kind: 'refuse' });
    await expect(read()).rejects.toMatchObject({ code: 'pack/host-unreachable' });
  });

  it('where the connection breaks', async () => {
    server.setFault({ kind: 'truncate', afterBytes: 30 });
    await expect(read()).rejects.toMatchObject({ code: 'pack/connection-lost', retryable: true });
    server.setFault({ kind: 'truncate', afterBytes: 350 });
    await expect(read()).rejects.toMatchObject({ code: 'pack/connection-lost' });
  });

  it.each([
    ['never connects', { kind: 'hang' }, { connectTimeoutMs: 200 }, 'pack/host-unreachable'],
    ['never answers', { kind: 'hang' }, { idleTimeoutMs: 200 }, 'pack/timeout'],
    ['never ends', { kind: 'slow', bytesPerSecond: 400 }, { totalTimeoutMs: 700 }, 'pack/timeout'],
  ] as const)('where the server %s', async (_what, fault, limits, code) => {
    server.setFault(fault);
    await expect(read(limits)).rejects.toMatchObject({ code, retryable: true });
  });

  it('of the caller, who gives up', async () => {
    server.setFault({ kind: 'hang' });
    const reason = new Error('enough');
    const ending = new AbortController();
    const reading = read({ signal: ending.signal });
    setTimeout(() => ending.abort(reason), 100);

    await expect(reading).rejects.toBe(reason);
    await expect(read({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
