import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commitFiles } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, createApiServer } from '../../../packages/providers/test/api-servers/index.ts';
import { SAMPLE_FILES } from '../src/sample-repository.ts';
import { eventually } from './eventually.ts';
import {
  createPipeline,
  creationExecution,
  type Rehearsal,
  startExecution,
  startRehearsal,
  waitForExecution,
} from './rehearsal.ts';
import { type DocSession, hasAwsCli, openDocSession, readBlocks } from './run-doc.ts';

const PATH = 'team/app';

let rehearsal: Rehearsal;
let session: DocSession;
let server: ApiServer;

beforeAll(async () => {
  rehearsal = await startRehearsal();
  const { accountId, region } = rehearsal.aws;
  session = await openDocSession(rehearsal, {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    CODE_BUCKET: `gitsource-code-${accountId}-${region}`,
  });
}, 60_000);

afterAll(async () => {
  await rehearsal.close();
  await session.close();
  await server?.close();
});

describe.skipIf(!hasAwsCli())(
  'docs/commit-status.md, word for word (skipped where the AWS CLI is not installed or too old)',
  () => {
    it('deploys, shows an execution, and gives a dead letter back', async () => {
      const blocks = await readBlocks('commit-status.md');
      expect(blocks.map((block) => block.section)).toEqual([1, 2, 2, 3, 3]);
      const [deploy = '', createSecret = '', readLog = '', readLetter = '', giveBack = ''] = blocks.map(
        ({ commands }) => commands,
      );
      const repository = await rehearsal.git.createRepository(PATH);
      server = await createApiServer({ provider: 'gitlab', repositories: { [PATH]: repository.folder } });
      const { apiUrl, caCertificate, password: token } = server.connection;
      const { host } = new URL(repository.httpsUrl);
      const connection = { provider: 'gitlab', host, apiUrl, caCertificate, token, allowedRepositories: ['team/*'] };
      await writeFile(join(session.folder, 'connection.json'), JSON.stringify(connection));
      const sha = await commitFiles(repository.folder, 'main', { message: 'One\n', files: SAMPLE_FILES });
      const name = 'documented';

      await session.shell(deploy);
      await session.shell(createSecret);
      await createPipeline(rehearsal, name, { GitUrl: repository.httpsUrl, CredentialsSecret: rehearsal.httpsSecret });
      await waitForExecution(rehearsal, name, await creationExecution(rehearsal, name));
      await eventually(() => expect(server.shownStatuses(PATH, sha)).toMatchObject([{ state: 'success' }]));
      expect(await session.shell(readLog)).toMatch(/"message":"status shown".*"state":"success"/);

      const next = await commitFiles(repository.folder, 'main', { message: 'Two\n', files: { two: '2' } });
      server.fail({ kind: 'status', status: 401, times: 1000 });
      await waitForExecution(rehearsal, name, await startExecution(rehearsal, name, next));
      expect(await eventually(() => session.shell(readLetter))).toMatch(/providers\/unauthorized/);
      server.reset();
      await session.shell(giveBack);

      await eventually(() => expect(server.shownStatuses(PATH, next)).toMatchObject([{ state: 'success' }]));
    }, 120_000);
  },
);
