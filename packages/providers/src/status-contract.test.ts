import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommitSha, parseCommitSha } from '@gitsource/events';
import { commitFiles, createCertificates, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ArchiveServer, type ArchiveServerProvider, createArchiveServer } from '../test/archive-servers/index.ts';
import { findStatus, STATUS_NAMES, type Status, type StatusRequest } from './statuses.ts';

const certificates = await createCertificates();
let folder: string;
let sha: CommitSha;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gitsource-status-'));
  await runGit(folder, ['init', '-q', '--bare']);
  sha = parseCommitSha(await commitFiles(folder, 'main', { message: 'one', files: { a: 'b' } }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(STATUS_NAMES as ArchiveServerProvider[])('%s', (provider) => {
  const repositoryPath = 'acme/shop';
  let server: ArchiveServer;
  let status: Status;

  beforeAll(async () => {
    status = (await findStatus(provider)) as Status;
    server = await createArchiveServer({ provider, repositories: { [repositoryPath]: folder }, certificates });
  });
  afterAll(() => server.close());
  beforeEach(() => server.reset());

  const request = (change: Partial<StatusRequest> = {}): StatusRequest => ({
    connection: server.connection,
    repositoryPath,
    sha,
    state: 'running',
    context: 'codepipeline/app',
    description: 'Build is running.',
    targetUrl: 'https://console.example.com/pipelines/app',
    ...change,
  });

  it('shows', async () => {
    expect(await status.publish(request())).toBe('published');
    expect(server.shownStatuses(repositoryPath, sha)).toMatchObject([{ description: 'Build is running.' }]);
  });
});
