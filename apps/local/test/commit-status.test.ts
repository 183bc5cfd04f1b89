import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { commitFiles, createCertificates, type LocalRepository } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type ApiServer, createApiServer } from '../../../packages/providers/test/api-servers/index.ts';
import { deployCommitStatus } from '../src/deploy-sample.ts';
import { SAMPLE_FILES } from '../src/sample-repository.ts';
import { eventually } from './eventually.ts';
import {
  createPipeline,
  creationExecution,
  PROJECT_FOLDER,
  type Rehearsal,
  startExecution,
  startRehearsal,
  waitForExecution,
} from './rehearsal.ts';

let rehearsal: Rehearsal;
const servers: ApiServer[] = [];
const certificates = await createCertificates();

beforeAll(async () => {
  rehearsal = await startRehearsal();
  await deployCommitStatus(rehearsal, PROJECT_FOLDER);
}, 120_000);

afterAll(async () => {
  await rehearsal.close();
  for (const server of servers) await server.close();
});

/** A repository of the local Git server, and a stand-in of a provider that shows statuses on its commits. */
async function serve(provider: ApiServer['provider'], path: string) {
  const repository = await rehearsal.git.createRepository(path);
  const server = await createApiServer({ provider, repositories: { [path]: repository.folder }, certificates });
  servers.push(server);
  const { apiUrl, caCertificate, password } = server.connection;
  const host = new URL(repository.httpsUrl).host;
  const SecretString = JSON.stringify({
    provider,
    host,
    apiUrl,
    caCertificate,
    token: password,
    allowedRepositories: [path],
  });
  await rehearsal.clients.secretsManager.send(
    new CreateSecretCommand({ Name: `gitsource/status-${provider}`, SecretString }),
  );
  return { repository, server };
}

function commit({ folder }: LocalRepository, message: string): Promise<string> {
  return commitFiles(folder, 'main', { message: `${message}\n`, files: { ...SAMPLE_FILES, 'number.txt': message } });
}

describe.concurrent('a custom source', () => {
  it('of GitHub shows what becomes of an execution beside its commit', { timeout: 60_000 }, async ({ expect }) => {
    const path = 'team/app';
    const { repository, server } = await serve('github', path);
    const first = await commit(repository, 'first');
    const name = 'custom-github';
    await createPipeline(rehearsal, name, { GitUrl: repository.httpsUrl, CredentialsSecret: rehearsal.httpsSecret });
    const executionId = await creationExecution(rehearsal, name);
    await waitForExecution(rehearsal, name, executionId);

    await eventually(() => expect(server.shownStatuses(path, first)).toMatchObject([{ state: 'success' }]));
    expect(server.takenStatuses.map(({ state }) => state)).toEqual(['pending', 'success']);
    expect(server.shownStatuses(path, first)).toMatchObject([
      {
        context: 'codepipeline/custom-github',
        description: 'Succeeded',
        targetUrl: expect.stringContaining(`/pipelines/${name}/executions/${executionId}/`),
      },
    ]);

    const second = await commit(repository, 'second');
    const pinned = await startExecution(rehearsal, name, second);
    await waitForExecution(rehearsal, name, pinned);
    await eventually(() => expect(server.shownStatuses(path, second)).toMatchObject([{ state: 'success' }]));
  });
});
