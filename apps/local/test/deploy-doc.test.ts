import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListPipelineExecutionsCommand } from '@aws-sdk/client-codepipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleSecret } from '../src/deploy-sample.ts';
import { nextExecution } from '../src/next-execution.ts';
import { writePostReceiveHook } from '../src/post-receive-hook.ts';
import { pushCommit } from '../src/push-commit.ts';
import { SAMPLE_BRANCH } from '../src/sample-repository.ts';
import { creationExecution, type Rehearsal, startEmptyAccount, waitForExecution } from './rehearsal.ts';
import { type DocSession, hasAwsCli, openDocSession, readBlocks } from './run-doc.ts';

let rehearsal: Rehearsal;
let session: DocSession;

beforeAll(async () => {
  rehearsal = await startEmptyAccount();
  const { httpsUrl, name } = rehearsal.git.served;
  session = await openDocSession(rehearsal, { GIT_URL: httpsUrl, REPOSITORY_PATH: name });
  await writeFile(join(session.folder, 'connection.json'), sampleSecret(rehearsal.git, 'https'));
}, 60_000);

afterAll(async () => {
  await rehearsal.close();
  await session.close();
});

const shell = (commands: string) => session.shell(commands);

describe.skipIf(!hasAwsCli())(
  'docs/deploy.md, word for word (skipped where the AWS CLI is not installed or too old)',
  () => {
    it('deploys, starts on a push, gives a dead letter back, replays, updates and removes everything', async () => {
      const blocks = await readBlocks('deploy.md');
      const section = (number: number) => blocks.filter((block) => block.section === number).map((b) => b.commands);
      expect(blocks.map((block) => block.section)).toEqual([1, 2, 3, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7, 8, 9]);
      const [create = '', look = '', start = ''] = section(6);
      const [readLetter = '', giveBack = '', replay = ''] = section(7);

      await shell([...section(1), ...section(2), ...section(3), ...section(4)].join('\n'));
      const [deployReceiver = '', ping = '', readLog = ''] = section(5);
      const deployed = await shell(deployReceiver);
      expect(await shell(ping)).toBe('200 {"message":"pong: the delivery was verified"}\n');
      expect(await shell(readLog)).toContain('"outcome":"ping"');
      await registerHook(deployed.trim().split('\n').at(-1) ?? '');
      await shell(create);
      const creation = await creationExecution(rehearsal, 'my-pipeline');
      expect(await waitForExecution(rehearsal, 'my-pipeline', creation)).toMatchObject({ status: 'Succeeded' });

      const sha = await push('Start the pipeline');
      const pushed = await next([creation]);
      const ended = await waitForExecution(rehearsal, 'my-pipeline', pushed);
      expect(ended).toMatchObject({ failureMessage: '', status: 'Succeeded' });
      const shown = await shell(look);
      expect(shown).toContain(sha);
      expect(shown).toContain(pushed);
      // What `externalExecutionSummary` says of the lane.
      expect(shown).toMatch(/main at \w{40}, \d+ bytes by function in /);
      await shell(start);
      const started = await next([creation, pushed]);
      await waitForExecution(rehearsal, 'my-pipeline', started);

      await loseEvent(sha);
      expect(await shell(readLetter)).toContain('pipeline-trigger/pipeline-missing');
      await shell(giveBack);
      const redriven = await next([creation, pushed, started]);
      await waitForExecution(rehearsal, 'my-pipeline', redriven);

      expect(await shell(replay)).toMatch(/"(?:STARTING|RUNNING|COMPLETED)"/);
      await shell(section(8).join('\n'));
      // Replayed by now, and started nothing again.
      expect(await executions()).toEqual([redriven, started, pushed, creation]);

      await shell(section(9).join('\n'));
      for (const StackName of ['my-pipeline', 'gitsource-webhooks', 'gitsource-custom-action']) {
        await expect(rehearsal.clients.cloudFormation.send(new DescribeStacksCommand({ StackName }))).rejects.toThrow(
          /does not exist/,
        );
      }
      await expect(executions()).rejects.toThrow(/my-pipeline/);
    }, 400_000);
  },
);

/** As docs/webhooks.md says for a plain server: the repository's hook signs with the connection's secret. */
async function registerHook(url: string): Promise<void> {
  const { served, repository } = rehearsal.git;
  const { webhookSecret: secret } = JSON.parse(await readFile(join(session.folder, 'connection.json'), 'utf8'));
  const { name: path, httpsUrl, sshUrl } = served;
  await writePostReceiveHook(
    repository.folder,
    { url, secret, repository: { path, httpsUrl, sshUrl } },
    process.execPath,
  );
}

function push(subject: string): Promise<string> {
  return pushCommit(rehearsal.git, { branch: SAMPLE_BRANCH, message: `${subject}\n`, files: { 'a.txt': subject } });
}

function next(known: readonly string[]): Promise<string> {
  return nextExecution(rehearsal.clients.codePipeline, 'my-pipeline', known, AbortSignal.timeout(60_000));
}

async function executions(): Promise<(string | undefined)[]> {
  const { pipelineExecutionSummaries = [] } = await rehearsal.clients.codePipeline.send(
    new ListPipelineExecutionsCommand({ pipelineName: 'my-pipeline' }),
  );
  return pipelineExecutionSummaries.map(({ pipelineExecutionId }) => pipelineExecutionId);
}

/** A message as the trigger writes it, of a pipeline that was missing and now is there. */
async function loseEvent(after: string): Promise<void> {
  const { name: path, httpsUrl, sshUrl } = rehearsal.git.served;
  const event = {
    schemaVersion: 1,
    deliveryId: 'lost',
    connection: 'my-git',
    provider: 'generic',
    repository: { host: '127.0.0.1', path, name: path, sshUrl, httpsUrl, webUrl: httpsUrl },
    ref: `refs/heads/${SAMPLE_BRANCH}`,
    refType: 'branch',
    refName: SAMPLE_BRANCH,
    after,
    created: true,
    deleted: false,
    forced: false,
    changedPaths: [],
    changedPathsComplete: false,
    skipCi: false,
  };
  const letter = {
    code: 'pipeline-trigger/pipeline-missing',
    message: 'There was none.',
    pipelineName: 'my-pipeline',
    event,
  };
  await writeFile(join(session.folder, 'lost.json'), JSON.stringify(letter));
  const query = "Stacks[0].Outputs[?OutputKey=='TriggerDeadLetterQueueUrl'].OutputValue";
  await shell(`aws sqs send-message --message-body file://lost.json --queue-url $(aws cloudformation describe-stacks \
    --stack-name gitsource-webhooks --query "${query}" --output text)`);
}
