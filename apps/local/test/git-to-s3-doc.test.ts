import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { commitFiles, type LocalRepository } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliver } from '../../../packages/providers/src/test/fixture.ts';
import { type ApiServer, createApiServer } from '../../../packages/providers/test/api-servers/index.ts';
import { writePostReceiveHook } from '../src/post-receive-hook.ts';
import { pushCommit } from '../src/push-commit.ts';
import { SAMPLE_BRANCH } from '../src/sample-repository.ts';
import { creationExecution, type Rehearsal, startEmptyAccount, waitForExecution } from './rehearsal.ts';
import { type DocBlock, type DocSession, hasAwsCli, openDocSession, readBlocks } from './run-doc.ts';

let rehearsal: Rehearsal;
let session: DocSession;
let server: ApiServer;
/** What `server` has; the sample is pulled by git. */
let archived: LocalRepository;
let blocks: DocBlock[];

beforeAll(async () => {
  rehearsal = await startEmptyAccount();
  archived = await rehearsal.git.createRepository('team/app');
  server = await createApiServer({ provider: 'gitea', repositories: { [archived.name]: archived.folder } });
  session = await openDocSession(rehearsal, {
    GIT_HOST: '127.0.0.1',
    REPOSITORIES: 'team/*',
    GIT_TOKEN: server.connection.password ?? '',
    AUTHORIZED_KEYS: rehearsal.git.served.authorizedKeysFile,
  });
  blocks = await readBlocks('git-to-s3.md');
}, 60_000);

afterAll(async () => {
  await rehearsal.close();
  await server.close();
  await session.close();
});

const shell = (commands: string) => session.shell(commands);

/** Runs the blocks of a section, word for word. */
const section = (number: number) =>
  shell(
    blocks
      .filter((block) => block.section === number)
      .map(({ commands }) => commands)
      .join('\n'),
  );

describe.skipIf(!hasAwsCli())(
  'docs/git-to-s3.md, word for word (skipped where the AWS CLI is not installed or too old)',
  () => {
    beforeAll(() => section(1), 60_000);

    it('git pull: deploys, keeps zips, starts a pipeline, updates and removes everything', async () => {
      expect(blocks.map((block) => block.section)).toEqual([1, 2, 2, 3, 4, 5, 6, 6, 7, 8, 8, 9, 10]);
      const secret = await writeParameters('git', 'generic', { KnownHosts: rehearsal.git.served.knownHosts.trim() });
      const deployed = await section(3);
      const url = /^git pull +(http\S+\/webhooks\/git-pull)$/m.exec(deployed)?.[1] ?? '';
      await section(4);
      await registerHook(rehearsal.git.repository, url, secret);

      const first = await push('One');
      await shell('REPOSITORY_PATH=team/sample');
      expect(await section(5)).toContain(`"commit": "${first}"`);
      const [createPipeline = '', look = ''] = blocks.filter((block) => block.section === 6).map((b) => b.commands);
      await shell(createPipeline);
      const creation = await creationExecution(rehearsal, 'my-git-pipeline');
      expect(await waitForExecution(rehearsal, 'my-git-pipeline', creation)).toMatchObject({ status: 'Succeeded' });

      const second = await push('Two');
      let listed = await shell(look);
      for (; !/^(Succeeded\s.+\n){2}$/.test(listed); listed = await shell(look)) await delay(500);
      const versions = (await section(7)).match(/^\S+ [0-9a-f]{40}$/gm)?.map((line) => line.split(' ')) ?? [];
      expect(versions.map(([, commit]) => commit)).toEqual([second, first]);
      expect(listed.match(/(?<=\t)\S+/g)).toEqual(versions.map(([version]) => version));
      const read = (zip: string) => execFileSync('unzip', ['-p', join(session.folder, zip), 'a.txt']).toString();
      expect([read('newest.zip'), read('oldest.zip')]).toEqual(['Two', 'One']);

      await section(8);
      // Signed with the secret before, which stays valid.
      const third = await push('Three');
      while (!(await section(5)).includes(third)) await delay(500);
      expect(await section(9)).toMatch(/"outcome":"accepted"[\s\S]+"s3:\S+ is \w{40} now"/);
      await removeAll('git');
    }, 400_000);

    it('zip download: deploys, keeps zips, tells of what it cannot download, and removes everything', async () => {
      const { apiUrl: ApiUrl, caCertificate } = server.connection;
      const secret = await writeParameters('zips', 'gitea', { ApiUrl, CaCertificate: caCertificate.trim() });
      const deployed = await section(3);
      const url = /^zip download +(http\S+\/webhooks\/zip-download)$/m.exec(deployed)?.[1] ?? '';
      const newest = await commitFiles(archived.folder, SAMPLE_BRANCH, { message: 'One\n', files: { a: 'a' } });

      expect(await deliverPush(url, secret, newest)).toBe(202);
      await shell('REPOSITORY_PATH=team/app');
      expect(await section(5)).toContain(`"commit": "${newest}"`);
      server.fail({ kind: 'status', status: 403, times: 9 });
      expect(await deliverPush(url, secret, newest)).toBe(202);
      let told = await section(9);
      for (; !told.includes('"code"'); told = await section(9)) await delay(500);
      expect(told).toMatch(/"outcome":"uploaded"[\s\S]+"code":"providers\/unauthorized"/);
      await section(6);
      await removeAll('zips');
    }, 200_000);
  },
);

/** The parameters as the page writes them, with those added that this server needs; gives the webhook secret. */
async function writeParameters(
  stack: 'git' | 'zips',
  provider: string,
  added: Readonly<Record<string, string>>,
): Promise<string> {
  const block = blocks.find(({ commands }) => commands.startsWith(`export STACK=my-${stack}\n`));
  await shell(`PROVIDER=${provider}\n${block?.commands}`);
  const file = join(session.folder, `my-${stack}.json`);
  const written: { ParameterKey: string; ParameterValue: string }[] = JSON.parse(await readFile(file, 'utf8'));
  for (const [ParameterKey, ParameterValue] of Object.entries(added)) written.push({ ParameterKey, ParameterValue });
  await writeFile(file, JSON.stringify(written));
  return written.find(({ ParameterKey }) => ParameterKey === 'ApiSecret')?.ParameterValue ?? '';
}

async function removeAll(stack: string): Promise<void> {
  await section(10);
  for (const StackName of [`my-${stack}`, `my-${stack}-pipeline`]) {
    const described = rehearsal.clients.cloudFormation.send(new DescribeStacksCommand({ StackName }));
    await expect(described).rejects.toThrow(/does not exist/);
  }
}

/** As docs/webhooks.md says for a plain server: the repository's hook signs with the secret. */
function registerHook({ folder, name: path, httpsUrl, sshUrl }: LocalRepository, url: string, secret: string) {
  return writePostReceiveHook(folder, { url, secret, repository: { path, httpsUrl, sshUrl } }, process.execPath);
}

function push(content: string): Promise<string> {
  return pushCommit(rehearsal.git, { branch: SAMPLE_BRANCH, message: `${content}\n`, files: { 'a.txt': content } });
}

/** As Gitea tells a push to this repository; gives the status of the reply. */
async function deliverPush(url: string, secret: string, after: string): Promise<number> {
  const { name } = archived;
  const body = Buffer.from(
    JSON.stringify({
      ref: `refs/heads/${SAMPLE_BRANCH}`,
      before: '0'.repeat(after.length),
      after,
      commits: [],
      repository: { full_name: name, html_url: `https://127.0.0.1/${name}` },
    }),
  );
  const { headers } = await deliver('gitea', 'branch-update', secret, Date.now(), { body });
  return (await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) })).status;
}
