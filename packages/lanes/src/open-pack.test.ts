import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseGitRef, parseGitUrl } from '@gitsource/events';
import { GitError, type GitErrorCode } from '@gitsource/git';
import { commitFiles, type GitServer, type LocalRepository, startGitServer } from '@gitsource/local-git';
import { PackError, type PackErrorCode } from '@gitsource/pack';
import type { Connection } from '@gitsource/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openPack } from './open-pack.ts';
import { openPlainSsh } from './open-plain-ssh.ts';
import { StepLog } from './step-log.ts';

let folder: string;
let git: GitServer;
let repository: LocalRepository;
let connection: Connection;
const ports = () => ({
  workFolder: folder,
  log: new StepLog(() => undefined, Date.now),
  environment: {},
  openSsh: openPlainSsh,
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'open-pack-'));
  git = await startGitServer({ folder });
  repository = await git.createRepository('team/app', { access: 'public', objectFormat: 'sha256' });
  await commitFiles(repository.folder, 'größe', { message: 'First', files: { a: 'a\n' } });
  const { caCertificate } = git.https;
  connection = { name: 'c', provider: 'generic', caCertificate };
});

afterEach(() => git.setFault(undefined));

afterAll(async () => {
  await git.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('openPack', () => {
  const request = () => ({
    gitUrl: parseGitUrl(repository.httpsUrl),
    ref: parseGitRef('größe'),
    paths: [],
    submodules: 'none' as const,
    outputArtifactFormat: 'CODE_ZIP' as const,
  });

  it('gives the commit of a repository that hashes by SHA-256, to anybody', async () => {
    const opened = await openPack(ports(), request(), { connection, signal: AbortSignal.timeout(60_000) });

    if ('why' in opened) throw new Error(opened.why);
    expect(opened).toMatchObject({ refName: 'refs/heads/größe', tree: { commit: { subject: 'First' } } });
    await opened.tree.close();
  });

  it('leaves a server that says nothing to git soon', async () => {
    git.setFault({ kind: 'hang' });
    const signal = AbortSignal.timeout(60_000);

    const opened = await openPack(ports(), request(), { connection, signal, openingTimeoutMs: 200 });

    expect(opened).toEqual({
      why: 'the server did not answer within 0.2 s',
      cause: expect.objectContaining({ code: 'git/timeout' }),
    });
  });

  it('rejects with the reason of a caller that gives up', async () => {
    git.setFault({ kind: 'hang' });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped')), 100);

    await expect(openPack(ports(), request(), { connection, signal: stop.signal })).rejects.toThrow('stopped');
  });
});

/** What git calls the same cause. */
const CAUSES: Readonly<Record<PackErrorCode, GitErrorCode>> = {
  'pack/access-refused': 'git/authentication-failed',
  'pack/repository-not-found': 'git/repository-not-found',
  'pack/redirected': 'git/redirected',
  'pack/host-unreachable': 'git/host-unreachable',
  'pack/host-key-unknown': 'git/host-key-unknown',
  'pack/host-key-changed': 'git/host-key-changed',
  'pack/key-unreadable': 'git/key-invalid',
  'pack/connection-lost': 'git/connection-lost',
  'pack/timeout': 'git/timeout',
  'pack/transport-unsupported': 'git/failed',
  'pack/server-failed': 'git/server-error',
  'pack/server-refused': 'git/failed',
  'pack/protocol-broken': 'git/failed',
  'pack/truncated': 'git/connection-lost',
  'pack/corrupt': 'git/failed',
  'pack/object-missing': 'git/failed',
  'pack/not-a-commit': 'git/ref-not-commit',
  'pack/path-missing': 'git/path-missing',
  'pack/tree-invalid': 'git/failed',
  'pack/path-unsafe': 'git/path-unsafe',
  'pack/too-large': 'git/failed',
  'pack/spool-failed': 'git/disk-full',
};

describe('an error of the pack', () => {
  it.each(Object.entries(CAUSES) as [PackErrorCode, GitErrorCode][])('%s has the fault of %s', (ofPack, ofGit) => {
    expect(new PackError(ofPack, '').fault).toBe(new GitError(ofGit, '').fault);
  });
});
