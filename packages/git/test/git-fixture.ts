import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseGitRef, parseGitUrl, type TreeEntry } from '@gitsource/events';
import { type GitServer, generateKeyPair, startGitServer } from '@gitsource/local-git';
import type { FetchRequest } from '../src/fetch-commit.ts';

const folders = (process.env.PATH ?? '').split(':');
/** Tests over SSH need the system's client. */
export const hasSsh = folders.some((folder) => existsSync(join(folder, 'ssh')));

export const hasLfs = folders.some((folder) => existsSync(join(folder, 'git-lfs')));

export const USER = { username: 'ada', password: 's3cr#t pass:wörd' };

export interface Fixture {
  readonly server: GitServer;
  readonly scratch: string;
  /** Credentials that the server accepts. */
  readonly https: {
    readonly kind: 'https';
    readonly username: string;
    readonly password: string;
    readonly caCertificate: string;
  };
  readonly ssh: { readonly kind: 'ssh'; readonly privateKey: string; readonly knownHosts: string };
  readonly request: (
    url: string,
    ref: string,
    over: Pick<FetchRequest, 'credentials'> & Partial<FetchRequest>,
  ) => FetchRequest;
  readonly close: () => Promise<void>;
}

/** A Git server on loopback with one user and one key, and a scratch folder. */
export async function startFixture(): Promise<Fixture> {
  const scratch = mkdtempSync(join(tmpdir(), 'git test %d '));
  const server = await startGitServer({ folder: join(scratch, 'server') });
  const pair = generateKeyPair();
  server.allowKey(pair.publicKey);
  server.allowUser(USER.username, USER.password);
  return {
    server,
    scratch,
    https: { kind: 'https', ...USER, caCertificate: server.https.caCertificate },
    ssh: { kind: 'ssh', privateKey: pair.privateKey, knownHosts: server.ssh.knownHosts },
    request: (url, ref, over) => ({
      url: parseGitUrl(url),
      ref: parseGitRef(ref),
      workFolder: join(scratch, 'work'),
      environment: { PATH: process.env.PATH },
      ...over,
    }),
    close: async () => {
      await server.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Every entry as `path`, `kind` and its content as text. */
export async function readAll(entries: AsyncIterable<TreeEntry>): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for await (const entry of entries) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry.content()) chunks.push(chunk);
    all[entry.kind === 'file' ? entry.path : `${entry.path} (${entry.kind})`] = Buffer.concat(chunks).toString('utf8');
  }
  return all;
}
