import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListActionExecutionsCommand } from '@aws-sdk/client-codepipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleSecret } from '../src/deploy-sample.ts';
import { PROJECT_FOLDER, type Rehearsal, startEmptyAccount, waitForExecution } from './rehearsal.ts';

const run = promisify(execFile);

/** AWS_ENDPOINT_URL is known from 1.29.25 and 2.13 on. */
function hasAwsCli(): boolean {
  const [, major, minor] =
    /aws-cli\/(\d+)\.(\d+)/.exec(spawnSync('aws', ['--version'], { encoding: 'utf8' }).stdout ?? '') ?? [];
  return major === '1' ? Number(minor) >= 30 : Number(major) > 2 || (major === '2' && Number(minor) >= 13);
}

let rehearsal: Rehearsal;
let folder: string;

beforeAll(async () => {
  rehearsal = await startEmptyAccount();
  folder = await mkdtemp(join(tmpdir(), 'gitsource-deploy-'));
  // The commands run at the root of a checkout.
  for (const name of ['apps', 'cloudformation']) await symlink(join(PROJECT_FOLDER, name), join(folder, name));
  await writeFile(join(folder, 'connection.json'), sampleSecret(rehearsal.git, 'https'));
}, 60_000);

afterAll(async () => {
  await rehearsal.close();
  await rm(folder, { recursive: true, force: true });
});

/** The blocks that docs/deploy.md marks as runnable, by the number of their section. */
async function readBlocks(): Promise<{ section: number; commands: string }[]> {
  const text = await readFile(join(PROJECT_FOLDER, 'docs', 'deploy.md'), 'utf8');
  return text.split(/^## (?=\d)/m).flatMap((part) =>
    [...part.matchAll(/<!-- run -->\n```sh\n([\s\S]*?)```/g)].map(([, commands = '']) => ({
      section: Number(part[0]),
      commands,
    })),
  );
}

async function shell(commands: string): Promise<string> {
  const { aws, git } = rehearsal;
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd: folder,
    maxBuffer: 16 * 1024 * 1024,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_ENDPOINT_URL: aws.endpointUrl,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      AWS_PAGER: '',
      GIT_URL: git.served.httpsUrl,
    },
  });
  return stdout;
}

describe.skipIf(!hasAwsCli())(
  'docs/deploy.md, word for word (skipped where the AWS CLI is not installed or too old)',
  () => {
    it('deploys, runs, updates and removes everything', async () => {
      const blocks = await readBlocks();
      const upTo = (section: number) =>
        blocks.filter((block) => block.section <= section).map(({ commands }) => commands);
      expect(blocks.map(({ section }) => section)).toEqual([1, 2, 3, 4, 5, 5, 6, 7]);

      const executionId = (await shell([...upTo(5), 'echo "execution $EXECUTION"'].join('\n'))).match(
        /execution (\S+)\n$/,
      )?.[1];
      const ended = await waitForExecution(rehearsal, 'my-pipeline', executionId ?? '');
      expect(ended.failureMessage).toBe('');
      expect(ended.status).toBe('Succeeded');

      const buildId = ended.source?.output?.executionResult?.externalExecutionId ?? '';
      const builds = await shell(
        `${blocks[0]?.commands}\naws codebuild batch-get-builds --ids ${buildId} --query 'builds[0].buildStatus'`,
      );
      expect(builds).toContain('SUCCEEDED');

      await shell([blocks[0]?.commands, blocks[6]?.commands].join('\n'));
      await shell([blocks[0]?.commands, blocks[7]?.commands].join('\n'));
      await expect(
        rehearsal.clients.cloudFormation.send(new DescribeStacksCommand({ StackName: 'gitsource-custom-action' })),
      ).rejects.toThrow(/does not exist/);
      await expect(
        rehearsal.clients.codePipeline.send(new ListActionExecutionsCommand({ pipelineName: 'my-pipeline' })),
      ).rejects.toThrow(/my-pipeline/);
    }, 400_000);
  },
);
