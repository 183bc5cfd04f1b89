import { join } from 'node:path';
import { commitFiles } from '@gitsource/local-git';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deployStack } from '../src/deploy-stack.ts';
import { SAMPLE_FILES } from '../src/sample-repository.ts';
import { CODE_PREFIX } from '../src/upload-zips.ts';
import {
  createPipeline,
  PROJECT_FOLDER,
  type Rehearsal,
  startExecution,
  startRehearsal,
  waitForExecution,
} from './rehearsal.ts';

const EXECUTIONS = 20;

let rehearsal: Rehearsal;

beforeAll(async () => {
  // Every event arrives twice and out of order: at-least-once delivery is all that EventBridge promises.
  rehearsal = await startRehearsal({ duplicate: true, delayMs: () => Math.random() * 300 });
}, 120_000);

afterAll(() => rehearsal.close());

it('two pipelines of two versions of the action type finish twenty executions, each with its own commit', async () => {
  const { aws, clients, git } = rehearsal;
  await deployStack(clients.cloudFormation, {
    name: 'gitsource-custom-action-2',
    templateFile: join(PROJECT_FOLDER, 'cloudformation', 'custom-action.yaml'),
    parameters: {
      CodeBucket: `gitsource-code-${aws.accountId}-${aws.region}`,
      CodePrefix: CODE_PREFIX,
      ActionVersion: '2',
    },
  });
  const source = { GitUrl: git.served.httpsUrl, CredentialsSecret: rehearsal.httpsSecret, ExecutionMode: 'PARALLEL' };
  await createPipeline(rehearsal, 'first', { ...source, ActionVersion: '1' });
  await createPipeline(rehearsal, 'second', { ...source, ActionVersion: '2' });
  const commits: string[] = [];
  for (let n = 0; n < EXECUTIONS; n++) {
    commits.push(
      await commitFiles(git.repository.folder, 'main', {
        message: `Commit ${n}\n`,
        files: { ...SAMPLE_FILES, 'number.txt': `${n}\n` },
      }),
    );
  }

  const started = await Promise.all(
    commits.map(async (commit, n) => {
      const pipeline = n % 2 === 0 ? 'first' : 'second';
      return { pipeline, commit, executionId: await startExecution(rehearsal, pipeline, commit) };
    }),
  );
  const ended = await Promise.all(
    started.map(async ({ pipeline, commit, executionId }) => {
      const { status, source: action, failureMessage } = await waitForExecution(rehearsal, pipeline, executionId);
      return { commit, status, failureMessage, built: action?.output?.outputVariables?.CommitId };
    }),
  );

  expect(ended).toEqual(commits.map((commit) => ({ commit, status: 'Succeeded', failureMessage: '', built: commit })));
}, 300_000);
