import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseGitRef, parseGitUrl } from '@gitsource/events';
import { fetchCommit, GitError } from '@gitsource/git';
import {
  commitFiles,
  createCertificates,
  type Fault,
  type GitServer,
  generateKeyPair,
  type RunningProxy,
  startGitServer,
  startHttpProxy,
} from '@gitsource/local-git';
import { PackError } from '@gitsource/pack';
import { type Connection, RuntimeError } from '@gitsource/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { gitCredentials } from './git-credentials.ts';
import { gitFailure } from './git-failure.ts';
import { openPack } from './open-pack.ts';
import { openPlainSsh } from './open-plain-ssh.ts';
import { type OpenSsh, openSystemSsh } from './open-ssh.ts';
import { StepLog } from './step-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'git failure '));
const hasSsh = (process.env.PATH ?? '').split(':').some((place) => existsSync(join(place, 'ssh')));
const { caCertificate: strangersAuthority } = await createCertificates();
const key = generateKeyPair();
let server: GitServer;
let proxy: RunningProxy;
let good: Connection;

beforeAll(async () => {
  server = await startGitServer({ folder });
  proxy = await startHttpProxy();
  proxy.refuse(403);
  server.allowUser('ada', 'right password');
  server.allowKey(key.publicKey);
  const repository = await server.createRepository('team/app');
  for (const branch of ['main', 'feature']) {
    await commitFiles(repository.folder, branch, { message: 'First', files: { a: 'a' } });
  }
  await server.createRepository('team/empty');
  const { caCertificate } = server.https;
  const { knownHosts } = server.ssh;
  const secrets = { username: 'ada', password: 'right password', sshPrivateKey: key.privateKey };
  good = { name: 'c', provider: 'generic', caCertificate, knownHosts, ...secrets };
});

afterEach(() => server.setFault(undefined));

afterAll(async () => {
  await Promise.all([server.close(), proxy.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** What is wrong, of a job that would otherwise succeed. */
interface Bad {
  readonly url?: string;
  readonly ref?: string;
  /** `undefined` takes something away. */
  readonly connection?: { readonly [name in keyof Connection]?: Connection[name] | undefined };
  readonly environment?: Readonly<Record<string, string>>;
  readonly fault?: Fault;
}

interface Told {
  readonly code: string;
  readonly message: string;
}

function requestOf({ url = '/team/app.git', ref = 'main', connection = {}, environment = {} }: Bad, origin: string) {
  const changed = Object.entries({ ...good, ...connection }).filter(([, value]) => value !== undefined);
  return {
    gitUrl: parseGitUrl(url.startsWith('/') ? origin + url : url),
    ref: parseGitRef(ref),
    // Taken apart and put together again without what is undefined, which loses the type of each value.
    connection: Object.fromEntries(changed) as unknown as Connection,
    environment: { PATH: process.env.PATH, ...environment },
  };
}

async function tellByGit(bad: Bad, origin: string): Promise<Told> {
  const { gitUrl: url, ref, connection, environment } = requestOf(bad, origin);
  const credentials = gitCredentials(connection, url);
  const fetching = fetchCommit({ url, ref, credentials, environment, workFolder: join(folder, 'work') });
  const error = await fetching.catch((failure: unknown) => failure);
  if (!(error instanceof GitError)) throw new Error('git does not refuse it');
  return { code: error.code, message: withoutLastWords(error.message) };
}

async function tellByPack(bad: Bad, origin: string, openSsh: OpenSsh): Promise<Told & { readonly isFinal: boolean }> {
  const { gitUrl, ref, connection, environment } = requestOf(bad, origin);
  const ending = new AbortController();
  const ports = { log: new StepLog(() => undefined, Date.now), workFolder: join(folder, 'work'), environment, openSsh };
  const request = { gitUrl, ref, paths: [], submodules: 'none', outputArtifactFormat: 'CODE_ZIP' } as const;
  try {
    await openPack(ports, request, { connection, signal: ending.signal });
  } catch (error) {
    const failure = gitFailure(error, { remote: gitUrl, credentials: gitCredentials(connection, gitUrl) });
    if (failure === undefined) throw error;
    const { code, message } = failure.error;
    return { code, message: withoutLastWords(message), isFinal: failure.isFinal };
  } finally {
    ending.abort();
  }
  throw new Error('the pack does not refuse it');
}

/** Git's own are in its messages, in brackets at the end: `(fatal: Authentication failed for …)`. */
function withoutLastWords(message: string): string {
  return message.replace(/ \([^(]*\b(?:fatal|error|remote|ssh|kex|Permission).*\)$/is, '');
}

const stranger = generateKeyPair();
const ENCRYPTED = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA';

/** The code, and whether git is left in peace. */
type Row = readonly [what: string, bad: Bad, code: string, isFinal: boolean];

const EVERYWHERE: readonly Row[] = [
  ['a repository that is not there', { url: '/team/no.git' }, 'git/repository-not-found', true],
  ['an empty repository', { url: '/team/empty.git' }, 'git/repository-empty', true],
  ['a branch that is nearly there', { ref: 'mian' }, 'git/ref-missing', true],
  ['a tag that is not there', { ref: 'refs/tags/v1' }, 'git/ref-missing', true],
  ['an answer that breaks off', { fault: { kind: 'truncate', afterBytes: 200 } }, 'git/connection-lost', false],
];

const HTTPS: readonly Row[] = [
  ...EVERYWHERE,
  ['a wrong password', { connection: { password: 'wrong password' } }, 'git/authentication-failed', true],
  ['no password', { connection: { password: undefined } }, 'git/authentication-failed', true],
  ['a password of two lines', { connection: { password: 'two\nlines' } }, 'git/credentials-invalid', true],
  ['an unknown authority', { connection: { caCertificate: undefined } }, 'git/certificate-unknown', false],
  ['another authority', { connection: { caCertificate: strangersAuthority } }, 'git/certificate-unknown', true],
  ['status 403', { fault: { kind: 'status', status: 403 } }, 'git/authentication-failed', true],
  ['status 410', { fault: { kind: 'status', status: 410 } }, 'git/repository-not-found', true],
  ['status 429', { fault: { kind: 'status', status: 429 } }, 'git/server-error', false],
  ['status 503', { fault: { kind: 'status', status: 503 } }, 'git/server-error', false],
  ['a server that hangs up', { fault: { kind: 'refuse' } }, 'git/connection-lost', false],
  ['a server that is not there', { url: 'https://127.0.0.1:1/x' }, 'git/host-unreachable', true],
  ['a name that nobody has', { url: 'https://no-such-host.invalid/x' }, 'git/host-unreachable', true],
  ['a proxy that is not there', { environment: { https_proxy: 'http://127.0.0.1:1' } }, 'git/host-unreachable', true],
];

const SSH: readonly Row[] = [
  ...EVERYWHERE,
  [
    'a key that is not allowed',
    { connection: { sshPrivateKey: stranger.privateKey } },
    'git/authentication-failed',
    true,
  ],
  ['no key', { connection: { sshPrivateKey: undefined } }, 'git/authentication-failed', true],
  ['a public key', { connection: { sshPrivateKey: stranger.publicKey } }, 'git/key-invalid', true],
  ['a damaged key', { connection: { sshPrivateKey: key.privateKey.slice(0, 200) } }, 'git/key-invalid', true],
  [
    'a key with a passphrase',
    { connection: { sshPrivateKey: `-----BEGIN RSA PRIVATE KEY-----\n${ENCRYPTED}\n-----END RSA PRIVATE KEY-----` } },
    'git/key-has-passphrase',
    true,
  ],
  ['no known host', { connection: { knownHosts: undefined } }, 'git/host-key-unknown', true],
  ['only other known hosts', { connection: { knownHosts: `h ${stranger.publicKey}` } }, 'git/host-key-unknown', true],
  [
    'a host key of another kind',
    { connection: { knownHosts: `* ${generateKeyPair('rsa').publicKey}` } },
    'git/host-key-changed',
    true,
  ],
  ['another host key', { connection: { knownHosts: `* ${stranger.publicKey}` } }, 'git/host-key-changed', true],
  ['a server that hangs up', { fault: { kind: 'refuse' } }, 'git/host-unreachable', true],
  [
    'a server that is not there',
    { url: 'ssh://git@127.0.0.1:1/x', connection: { knownHosts: `* ${stranger.publicKey}` } },
    'git/host-unreachable',
    true,
  ],
  [
    'a name that nobody has',
    { url: 'git@no-such-host.invalid:x', connection: { knownHosts: `* ${stranger.publicKey}` } },
    'git/host-unreachable',
    true,
  ],
];

async function expectSame([, bad, code, isFinal]: Row, origin: string, ways: readonly OpenSsh[]): Promise<void> {
  if (bad.fault !== undefined) server.setFault(bad.fault);
  const told = await tellByGit(bad, origin);
  expect(told.code).toBe(code);
  for (const openSsh of ways) expect(await tellByPack(bad, origin, openSsh)).toEqual({ ...told, isFinal });
}

describe('the same bad input by git and by the pack', () => {
  it.each(HTTPS)('over HTTPS: %s', async (...row) => {
    await expectSame(row, server.https.origin, [openPlainSsh]);
  });

  it('over HTTPS: a proxy that refuses', async () => {
    const bad = { environment: { https_proxy: proxy.url } };
    await expectSame(['', bad, 'git/host-unreachable', true], server.https.origin, [openPlainSsh]);
  });

  it.skipIf(!hasSsh).each(SSH)('over SSH, by the system and in JavaScript: %s (needs ssh)', async (...row) => {
    const { host, port } = server.ssh;
    await expectSame(row, `ssh://git@${host}:${port}`, [openSystemSsh, openPlainSsh]);
  });
});

describe('gitFailure', () => {
  const remote = parseGitUrl('https://git.example.com/team/app.git');
  const failed = { remote, credentials: { kind: 'anonymous' } } as const;

  it.each([
    ['pack/timeout', 'git/timeout', true],
    ['pack/path-missing', 'git/path-missing', true],
    ['pack/path-unsafe', 'git/path-unsafe', false],
    ['pack/redirected', 'git/redirected', false],
    ['pack/key-unreadable', 'git/key-invalid', false],
    ['pack/spool-failed', 'git/disk-full', false],
    ['pack/truncated', 'git/connection-lost', false],
  ] as const)('takes %s for %s', (code, expected, isFinal) => {
    expect(gitFailure(new PackError(code, 'words'), failed)).toMatchObject({ error: { code: expected }, isFinal });
  });

  it.each(['pack/protocol-broken', 'pack/corrupt', 'pack/too-large', 'pack/transport-unsupported'] as const)(
    'knows no word of git for %s',
    (code) => {
      expect(gitFailure(new PackError(code, 'words'), failed)).toBeUndefined();
      expect(gitFailure(new Error('a bug'), failed)).toBeUndefined();
    },
  );

  it('leaves a proxy that asks for credentials to git, which knows more kinds', () => {
    const error = new RuntimeError('runtime/proxy-unauthorized', 'words');
    expect(gitFailure(error, failed)).toMatchObject({ error: { code: 'git/host-unreachable' }, isFinal: false });
  });

  it("reads the server's own words, and hides what is secret in them", () => {
    const serverWords = 'ERROR: Repository of hunter22 not found.';
    const credentials = { kind: 'https', username: 'ada', password: 'hunter22' } as const;
    const failure = gitFailure(new PackError('pack/server-refused', '', { serverWords }), { remote, credentials });

    expect(failure).toMatchObject({ error: { code: 'git/repository-not-found' }, isFinal: true });
    expect(failure?.error.message).toContain('Repository of *** not found');
  });
});
