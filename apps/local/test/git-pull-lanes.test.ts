import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { type GitServer, startGitServer } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commitManyFiles } from './commit-many-files.ts';
import { PulledRepository } from './pulled-repository.ts';
import { type Rehearsal, startEmptyAccount } from './rehearsal.ts';
import { deployGitPull, type SourceStack } from './source-stack.ts';

const BOTH = 'BOTH';
const FUNCTION = 'FUNCTION';
const TIMEOUT_SECONDS = 900;
/** Its heap has no place for so many files, and it ends without a word, as by Lambda's own limit, which the function sees coming. */
const KILLED = { NODE_OPTIONS: '--max-old-space-size=16' };
const MANY_FILES = 30_000;

let folder: string;
let server: GitServer;
let rehearsal: Rehearsal;
let lambda: LambdaClient;
const stacks = new Map<string, SourceStack>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'git-pull-lanes-'));
  server = await startGitServer({ folder });
  // Every event comes twice, as it may on AWS.
  rehearsal = await startEmptyAccount({ duplicate: true });
  const { aws } = rehearsal;
  lambda = new LambdaClient({ endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials });
  for (const Lanes of [BOTH, FUNCTION]) {
    const KnownHosts = server.ssh.knownHosts.trim();
    const sources = await deployGitPull(rehearsal, `pull-${Lanes.toLowerCase()}`, { Lanes, KnownHosts });
    server.allowKey(sources.stack.outputs.PublicSSHKey ?? '');
    stacks.set(Lanes, sources);
  }
}, 120_000);

afterAll(async () => {
  lambda?.destroy();
  for (const sources of stacks.values()) sources.close();
  await rehearsal?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => server.setFault(undefined));

function stackOf(lanes: string): SourceStack {
  const sources = stacks.get(lanes);
  if (sources === undefined) throw new Error(`no stack with ${lanes}`);
  return sources;
}

async function createRepository(lanes: string, name: string): Promise<PulledRepository> {
  return new PulledRepository(rehearsal, stackOf(lanes), await server.createRepository(`team/${name}`));
}

/** Does something with a function that has less time, or other variables. */
async function withFunction(
  lanes: string,
  { Timeout = TIMEOUT_SECONDS, variables = {} }: { Timeout?: number; variables?: Readonly<Record<string, string>> },
  use: () => Promise<void>,
): Promise<void> {
  const { FetchFunctionName: FunctionName } = stackOf(lanes).stack.outputs;
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const Variables = { ...Environment?.Variables, ...variables };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout, Environment: { Variables } }));
  try {
    await use();
  } finally {
    const usual = { Timeout: TIMEOUT_SECONDS, Environment: { Variables: Environment?.Variables } };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...usual }));
  }
}

/** What builds of a repository were told, each way once. */
async function toldTo(repository: PulledRepository): Promise<Record<string, string | undefined>[]> {
  const own = (await repository.builds()).map(({ environment }) =>
    Object.fromEntries(
      (environment?.environmentVariables ?? [])
        .filter(({ name }) => name?.startsWith('PUSH_'))
        .map(({ name, value }) => [name, value]),
    ),
  );
  return [...new Map(own.map((variables) => [JSON.stringify(variables), variables])).values()];
}

const pushOf = ({ path, sshUrl }: PulledRepository, commit: string) => ({
  PUSH_REPOSITORY_PATH: path,
  PUSH_GIT_URL: sshUrl,
  PUSH_REF: 'refs/heads/main',
  PUSH_COMMIT: commit,
  PUSH_DELIVERY_ID: expect.stringMatching(/^.{36}$/),
});

describe('a push that a function cannot do', () => {
  it('goes to one build, and the next one to a build at once', async () => {
    const repository = await createRepository(BOTH, 'old-server');
    server.setFault({ kind: 'protocol-v0' });
    const first = await repository.commit({ a: 'one\n' });

    await repository.push(first);

    await repository.waitForCommit(first);
    await repository.waitForLine(`is ${first} now`);
    expect(await repository.builds()).toHaveLength(1);
    expect(await toldTo(repository)).toEqual([pushOf(repository, first)]);
    const fetched = await repository.functionLines();
    expect(fetched.join('\n')).toMatch(/Handing over to a build: .*version 2/);
    // Whoever has handed over does nothing after that.
    expect(fetched.at(-1)).toMatch(/^Build \S+ started$/);

    const second = await repository.commit({ a: 'two\n' });
    await repository.push(second);

    await repository.waitForCommit(second);
    const after = (await repository.functionLines()).slice(fetched.length);
    expect(after.join('\n')).toMatch(/Handing over to a build: learnt from the last time: .*version 2/);
    expect(after.join('\n')).not.toContain('Fetching');
    expect(await repository.builds()).toHaveLength(2);
  }, 90_000);

  it('is a dead letter where there is no build', async () => {
    const repository = await createRepository(FUNCTION, 'old-server-alone');
    server.setFault({ kind: 'protocol-v0' });

    await repository.push(await repository.commit({ a: 'one\n' }));

    const reason = expect.stringMatching(/version 2 .* Lanes set to BOTH/);
    expect(await repository.waitForDeadLetter()).toMatchObject({ code: 'source-fetch/build-lane-off', reason });
    expect(await stackOf(FUNCTION).commitsOf(repository.key())).toEqual([]);
  }, 60_000);

  it('goes to one build before the time of the function is over, with nothing left in the bucket', async () => {
    const repository = await createRepository(BOTH, 'slow-server');
    server.setFault({ kind: 'slow', bytesPerSecond: 100_000 });
    const commit = await repository.commit({ 'large.bin': randomBytes(2_000_000) });

    await withFunction(BOTH, { Timeout: 4 }, async () => {
      await repository.push(commit);
      await repository.waitForLine(/Handing over to a build: the function's time is nearly over/);
    });
    server.setFault(undefined);

    await repository.waitForCommit(commit);
    expect(await toldTo(repository)).toEqual([pushOf(repository, commit)]);
    expect(await stackOf(BOTH).unfinishedUploads()).toEqual([]);
  }, 90_000);
});

describe('a push whose function is killed', () => {
  it('goes to a build', async () => {
    const repository = await createRepository(BOTH, 'killed');
    const commit = await commitManyFiles(repository.folder, MANY_FILES);

    await withFunction(BOTH, { variables: KILLED }, async () => {
      await repository.push(commit);
      await repository.waitForCommit(commit);
    });

    expect((await repository.functionLines()).join('\n')).not.toContain('Handing over');
    expect(await toldTo(repository)).toEqual([pushOf(repository, commit)]);
    const statuses = async () => (await repository.builds()).map(({ buildStatus }) => buildStatus);
    while ((await statuses()).includes('IN_PROGRESS')) await delay(100);
    // Told more than once, it is uploaded once.
    expect(await stackOf(BOTH).commitsOf(repository.key())).toEqual([commit]);
  }, 90_000);

  it('is a dead letter where there is no build', async () => {
    const repository = await createRepository(FUNCTION, 'killed-alone');
    const commit = await commitManyFiles(repository.folder, MANY_FILES);

    await withFunction(FUNCTION, { variables: KILLED }, async () => {
      await repository.push(commit);
      const reason = expect.stringMatching(/signal: \w+|exit status/);
      expect(await repository.waitForDeadLetter()).toMatchObject({ code: 'Runtime.ExitError', reason });
    });

    expect(await stackOf(FUNCTION).commitsOf(repository.key())).toEqual([]);
    // What the remedy is for: more memory, then any push.
    await repository.push(commit);
    await repository.waitForCommit(commit);
  }, 90_000);
});

describe('a stack whose Lanes are changed', () => {
  it.each(['BUILD', FUNCTION, BOTH])(
    'to %s takes the next push there',
    async (Lanes) => {
      const KnownHosts = server.ssh.knownHosts.trim();
      const sources = await deployGitPull(rehearsal, 'pull-changed', { Lanes, KnownHosts });
      server.allowKey(sources.stack.outputs.PublicSSHKey ?? '');
      const repository = new PulledRepository(
        rehearsal,
        sources,
        await server.createRepository(`team/to-${Lanes.toLowerCase()}`),
      );
      const commit = await repository.commit({ a: `${Lanes}\n` });

      await repository.push(commit);

      await repository.waitForCommit(commit);
      expect((await repository.builds()).length > 0).toBe(Lanes === 'BUILD');
      sources.close();
    },
    60_000,
  );
});
