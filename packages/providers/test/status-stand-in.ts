import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommitSha, parseCommitSha } from '@gitsource/events';
import { commitFiles, createCertificates, runGit } from '@gitsource/local-git';
import type { StatusRequest } from '../src/status.ts';
import { type ApiServer, type ApiServerOptions, createApiServer } from './api-servers/index.ts';

/** A stand-in with one repository of one commit. */
export interface StatusStandIn {
  readonly server: ApiServer;
  readonly sha: CommitSha;
  /** What works, but for what is changed. */
  request(change?: Partial<StatusRequest>): StatusRequest;
  shown(): ReturnType<ApiServer['shownStatuses']>;
  /** `POST /repos/acme/shop/statuses/…` of the requests that match. */
  asked(pattern: RegExp): readonly string[];
  close(): Promise<void>;
}

const certificates = await createCertificates();

export async function startStatusStandIn(
  options: Omit<ApiServerOptions, 'repositories'>,
  repositoryPath = 'acme/shop',
): Promise<StatusStandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'gitsource-status-'));
  await runGit(folder, ['init', '-q', '--bare']);
  const sha = parseCommitSha(await commitFiles(folder, 'main', { message: 'one', files: { a: 'b' } }));
  const server = await createApiServer({ certificates, ...options, repositories: { [repositoryPath]: folder } });
  return {
    server,
    sha,
    request: (change) => ({
      connection: server.connection,
      repositoryPath,
      sha,
      state: 'running',
      context: 'codepipeline/app',
      description: 'Build is running.',
      targetUrl: 'https://console.example.com/app',
      ...change,
    }),
    shown: () => server.shownStatuses(repositoryPath, sha),
    asked: (pattern) =>
      server.requests.map(({ method, url }) => `${method} ${url}`).filter((line) => pattern.test(line)),
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}
