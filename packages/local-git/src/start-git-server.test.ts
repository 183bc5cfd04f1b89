import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitFiles, type GitServer, generateKeyPair, type LocalRepository, runGit, startGitServer } from './index.ts';

const hasSsh = ['/usr/bin/ssh', '/usr/local/bin/ssh', '/opt/homebrew/bin/ssh'].some((file) => existsSync(file));
const scratch = mkdtempSync(join(tmpdir(), 'local-git-'));
let server: GitServer;
let repository: LocalRepository;
let commit: string;

beforeAll(async () => {
  server = await startGitServer({ folder: join(scratch, 'data') });
  repository = await server.createRepository('team/app');
  commit = await commitFiles(repository.folder, 'main', {
    message: 'First\n\nbody',
    files: { 'README.md': 'hello\n', 'bin/run': { executable: '#!/bin/sh\n' }, link: { symlink: 'README.md' } },
  });
  server.allowUser('ada', 'pass:word é');
  writeFileSync(join(scratch, 'ca.pem'), server.https.caCertificate);
  writeFileSync(join(scratch, 'known_hosts'), server.ssh.knownHosts);
});

afterAll(async () => {
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
});

function lsRemoteHttps(url: string, authority = 'ca.pem'): Promise<string> {
  return runGit(scratch, ['-c', `http.sslCAInfo=${join(scratch, authority)}`, 'ls-remote', url]);
}

function withUser(url: string, user: string): string {
  return url.replace('https://', `https://${user}@`);
}

function sshCommand(privateKey: string): Record<string, string> {
  const file = join(scratch, 'key');
  writeFileSync(file, privateKey, { mode: 0o600 });
  chmodSync(file, 0o600);
  const options = ['IdentitiesOnly=yes', `UserKnownHostsFile=${join(scratch, 'known_hosts')}`, 'BatchMode=yes'];
  return { GIT_SSH_COMMAND: `ssh -F /dev/null -i ${file} ${options.map((option) => `-o ${option}`).join(' ')}` };
}

describe('findRepository', () => {
  it('gives the folder of a repository by its name, and nothing outside', () => {
    expect(server.findRepository('team/app')).toBe(repository.folder);
    const others = ['team', 'Team/App', 'team/none', '../data/repositories/team/app'];
    expect(others.filter((name) => server.findRepository(name) !== undefined)).toEqual([]);
  });
});

describe('HTTPS', () => {
  it('serves a private repository to its user', async () => {
    const url = withUser(repository.httpsUrl, `ada:${encodeURIComponent('pass:word é')}`);

    expect(await lsRemoteHttps(url)).toContain(`${commit}\trefs/heads/main`);
  });

  it('asks for authentication without a user, or with a wrong password, even where nothing is', async () => {
    await expect(lsRemoteHttps(repository.httpsUrl)).rejects.toThrow(/could not read Username/);
    await expect(lsRemoteHttps(withUser(repository.httpsUrl, 'ada:wrong'))).rejects.toThrow(/Authentication failed/);
    await expect(lsRemoteHttps(`${server.https.origin}/no/such.git`)).rejects.toThrow(/could not read Username/);
  });

  it('lets anyone read, and nobody push to, a public repository', async () => {
    const open = await server.createRepository('open', { access: 'public' });
    const sha = await commitFiles(open.folder, 'main', { message: 'Public', files: { a: 'a' } });

    expect(await lsRemoteHttps(open.httpsUrl)).toContain(sha);
    const push = ['-c', `http.sslCAInfo=${join(scratch, 'ca.pem')}`, 'push', open.httpsUrl, 'HEAD:refs/heads/other'];
    await expect(runGit(repository.folder, push)).rejects.toThrow(/could not read Username/);
  });

  it('has a certificate that no public authority signed', async () => {
    writeFileSync(join(scratch, 'other.pem'), (await startOther()).caCertificate);

    await expect(lsRemoteHttps(repository.httpsUrl, 'other.pem')).rejects.toThrow(/certificate/);
  });

  it('clones, pushes and speaks protocol version 2', async () => {
    const folder = join(scratch, 'clone');
    const url = withUser(repository.httpsUrl, `ada:${encodeURIComponent('pass:word é')}`);
    const trust = `http.sslCAInfo=${join(scratch, 'ca.pem')}`;
    await runGit(scratch, ['-c', trust, 'clone', '--quiet', url, folder]);
    await runGit(folder, ['-c', trust, 'push', '--quiet', 'origin', 'HEAD:refs/heads/pushed']);

    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('hello\n');
    expect(await runGit(repository.folder, ['rev-parse', 'refs/heads/pushed'])).toBe(commit);
    const trace = { GIT_TRACE_PACKET: join(scratch, 'trace') };
    await runGit(folder, ['-c', trust, 'ls-remote', 'origin'], { environment: trace });
    expect(readFileSync(join(scratch, 'trace'), 'utf8')).toContain('version 2');
  });
});

async function startOther(): Promise<GitServer['https']> {
  const other = await startGitServer({ folder: join(scratch, 'other') });
  await other.close();
  return other.https;
}

describe.skipIf(!hasSsh)('SSH (needs ssh)', () => {
  it.each(['ed25519', 'rsa', 'ecdsa'] as const)('accepts an allowed %s key and refuses a stranger', async (kind) => {
    const pair = generateKeyPair(kind);
    const environment = sshCommand(pair.privateKey);
    await expect(runGit(scratch, ['ls-remote', repository.sshUrl], { environment })).rejects.toThrow(
      /Permission denied/,
    );

    server.allowKey(pair.publicKey);

    expect(await runGit(scratch, ['ls-remote', repository.sshUrl], { environment })).toContain(commit);
    if (pair.privateKeyPem === undefined) return;
    const pem = { environment: sshCommand(pair.privateKeyPem) };
    expect(await runGit(scratch, ['ls-remote', repository.sshUrl], pem)).toContain(commit);
  });

  it('lets in keys of its file from the moment they are there, and serves names with spaces', async () => {
    const pair = generateKeyPair();
    const spaced = await server.createRepository('v3/My Team/app');
    const list = () => runGit(scratch, ['ls-remote', spaced.sshUrl], { environment: sshCommand(pair.privateKey) });
    await expect(list()).rejects.toThrow(/Permission denied/);

    writeFileSync(server.ssh.authorizedKeysFile, `# mine\n${pair.publicKey.trim()} me@here\n`);

    expect(await list()).toBe('');
    rmSync(server.ssh.authorizedKeysFile);
    await expect(list()).rejects.toThrow(/Permission denied/);
  });

  it('pushes, and runs nothing but git on repositories of its folder', async () => {
    const pair = generateKeyPair();
    server.allowKey(pair.publicKey);
    const environment = sshCommand(pair.privateKey);
    await runGit(repository.folder, ['push', '--quiet', repository.sshUrl, 'main:refs/heads/by-ssh'], { environment });
    const outside = repository.sshUrl.replace('team/app', '../../etc');
    await expect(runGit(scratch, ['ls-remote', outside], { environment })).rejects.toThrow(/Repository not found/);
    const command = `${environment.GIT_SSH_COMMAND} -p ${server.ssh.port} git@127.0.0.1 id`;
    await expect(promisify(execFile)('sh', ['-c', command])).rejects.toThrow(
      /git-upload-pack and git-receive-pack only/,
    );

    expect(await runGit(repository.folder, ['rev-parse', 'by-ssh'])).toBe(commit);
  });
});

describe('startGitServer', () => {
  it('serves a folder again with the same host key, authority, users and repositories', async () => {
    const folder = join(scratch, 'again');
    const first = await startGitServer({ folder });
    const made = await first.createRepository('kept', { objectFormat: 'sha256' });
    const sha = await commitFiles(made.folder, 'main', { message: 'Kept', files: { a: 'a', b: 'b' } });
    first.allowUser('ada', 'secret');
    await first.close();

    const second = await startGitServer({ folder, port: { ssh: first.ssh.port } });
    try {
      const kept = await second.createRepository('kept');
      writeFileSync(join(scratch, 'again.pem'), first.https.caCertificate);
      expect(second.ssh).toEqual(first.ssh);
      expect(sha).toHaveLength(64);
      expect(await lsRemoteHttps(withUser(kept.httpsUrl, 'ada:secret'), 'again.pem')).toContain(sha);
    } finally {
      await second.close();
    }
  });

  it('refuses, answers with a status or cuts the answer when told to', async () => {
    const url = withUser(repository.httpsUrl, `ada:${encodeURIComponent('pass:word é')}`);
    try {
      server.setFault({ kind: 'refuse' });
      await expect(lsRemoteHttps(url)).rejects.toThrow(/unable to access/);
      server.setFault({ kind: 'status', status: 503 });
      await expect(lsRemoteHttps(url)).rejects.toThrow(/503/);
      server.setFault({ kind: 'truncate', afterBytes: 20 });
      await expect(lsRemoteHttps(url)).rejects.toThrow(/RPC failed|early EOF|hung up|unable to access|closed/);
    } finally {
      server.setFault(undefined);
    }
    expect(await lsRemoteHttps(url)).toContain(commit);
  });

  it('reports the status of a request outside git as not found', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const authorization = `Basic ${Buffer.from('ada:pass:word é').toString('base64')}`;
      const options = { ca: server.https.caCertificate, headers: { authorization } };
      request(`${server.https.origin}/team/app.git/config`, options, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });

    expect(status).toBe(404);
  });
});

describe('commitFiles', () => {
  it('changes, adds and removes paths on top of the branch', async () => {
    const made = await server.createRepository('commits');
    await commitFiles(made.folder, 'topic/ü', { message: 'One', files: { a: '1', b: '1' } });
    await commitFiles(made.folder, 'topic/ü', { message: 'Two', files: { a: '2', b: null, 'c/d': '' } });

    const tree = await runGit(made.folder, ['ls-tree', '-r', '--name-only', 'topic/ü']);
    expect(tree).toBe('a\nc/d');
    expect(await runGit(made.folder, ['log', '--format=%s %an %aI', 'topic/ü'])).toBe(
      'Two Ada Example 2026-01-31T09:15:00+01:00\nOne Ada Example 2026-01-31T09:15:00+01:00',
    );
  });
});
