import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ListBuildsForProjectCommand } from '@aws-sdk/client-codebuild';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { commitFiles } from '@gitsource/local-git';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CUSTOM_ACTION_STACK } from '../src/deploy-sample.ts';
import { type DeployedStack, deployStack } from '../src/deploy-stack.ts';
import { SAMPLE_FILES } from '../src/sample-repository.ts';
import { CODE_PREFIX } from '../src/upload-zips.ts';
import { eventually } from './eventually.ts';
import { BAD_PACKS, type HostileServer, startHostileServer } from './hostile-server.ts';
import {
  configureSource,
  createPipeline,
  creationExecution,
  type EndedExecution,
  PROJECT_FOLDER,
  type Rehearsal,
  startExecution,
  startRehearsal,
  waitForExecution,
} from './rehearsal.ts';

/** The stack of each kind: the second has the function alone. */
const ALONE_STACK = 'gitsource-custom-action-2';
const FUNCTIONS = { both: `${CUSTOM_ACTION_STACK}-source-fetch`, alone: `${ALONE_STACK}-source-fetch` };
/** More than the smallest function has. */
const BALLAST = 'globalThis.ballast=Buffer.alloc(2e8,1)';
type Pipeline = keyof typeof FUNCTIONS;

let rehearsal: Rehearsal;
let alone: DeployedStack;
let lambda: LambdaClient;
/** Takes connections, and never says a word. */
let silence: Server;
let base: Readonly<Record<string, string>>;

beforeAll(async () => {
  rehearsal = await startRehearsal();
  const { aws, clients, git } = rehearsal;
  alone = await deployStack(clients.cloudFormation, {
    name: ALONE_STACK,
    templateFile: join(PROJECT_FOLDER, 'cloudformation', 'custom-action.yaml'),
    parameters: {
      CodeBucket: `gitsource-code-${aws.accountId}-${aws.region}`,
      CodePrefix: CODE_PREFIX,
      ActionVersion: '2',
      Lanes: 'FUNCTION',
    },
  });
  lambda = new LambdaClient({ endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials });
  silence = createServer(() => undefined);
  await new Promise<void>((resolve) => silence.listen(0, '127.0.0.1', resolve));
  base = { GitUrl: git.served.httpsUrl, Branch: 'main', CredentialsSecret: rehearsal.httpsSecret };
  for (const [name, ActionVersion] of [
    ['both', '1'],
    ['alone', '2'],
  ] as const) {
    await createPipeline(rehearsal, name, { ...base, ActionVersion });
    await waitForExecution(rehearsal, name, await creationExecution(rehearsal, name));
  }
}, 120_000);

afterAll(async () => {
  lambda.destroy();
  silence.close();
  await rehearsal.close();
});

async function run(
  pipeline: Pipeline,
  configuration: Readonly<Record<string, string>> = base,
): Promise<EndedExecution> {
  await configureSource(rehearsal, pipeline, configuration);
  return waitForExecution(rehearsal, pipeline, await startExecution(rehearsal, pipeline));
}

interface Change {
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Changes both functions, and gives what takes that back. */
async function changeFunctions({ variables = {}, ...settings }: Change): Promise<() => Promise<void>> {
  const before = await Promise.all(
    Object.values(FUNCTIONS).map((FunctionName) => lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))),
  );
  const set = (change: typeof settings, more: Readonly<Record<string, string>>) =>
    Promise.all(
      before.map(({ FunctionName, Timeout, MemorySize, Environment }) => {
        const Variables = { ...Environment?.Variables, ...more };
        const input = { FunctionName, Timeout, MemorySize, ...change, Environment: { Variables } };
        return lambda.send(new UpdateFunctionConfigurationCommand(input));
      }),
    );
  await set(settings, variables);
  return async () => void (await set({}, {}));
}

async function builds(): Promise<number> {
  const projectName = `${CUSTOM_ACTION_STACK}-source-clone`;
  const { ids = [] } = await rehearsal.clients.codeBuild.send(new ListBuildsForProjectCommand({ projectName }));
  return ids.length;
}

async function logOf(name: string): Promise<string> {
  const logGroupName = `/aws/lambda/${name}`;
  const { events = [] } = await rehearsal.clients.logs.send(new FilterLogEventsCommand({ logGroupName }));
  return events.map(({ message }) => message).join('\n');
}

const summaryOf = ({ source }: EndedExecution) => source?.output?.executionResult?.externalExecutionSummary;

describe.each<[string, () => Change, string]>([
  [
    'in the middle of a call, for its time',
    () => ({
      Timeout: 1,
      variables: { AWS_ENDPOINT_URL_CODEPIPELINE: `http://127.0.0.1:${Reflect.get(silence.address() ?? {}, 'port')}` },
    }),
    'custom-action/fetch-timed-out',
  ],
  [
    'at once, for its memory',
    () => ({ MemorySize: 128, variables: { NODE_OPTIONS: `--import=data:text/javascript,${BALLAST}` } }),
    'custom-action/fetch-out-of-memory',
  ],
])('a function that Lambda ends %s', (_, change, code) => {
  let restore: () => Promise<void>;

  beforeEach(async () => {
    restore = await changeFunctions(change());
  });

  afterEach(() => restore());

  it('leaves its job to one build, and the pipeline succeeds', async () => {
    const before = await builds();

    const ended = await run('both');

    expect(ended.failureMessage).toBe('');
    expect(ended.status).toBe('Succeeded');
    expect(summaryOf(ended)).toMatch(/ by build in /);
    expect(await builds()).toBe(before + 1);
  });

  it('fails its job where there is no build', async () => {
    const ended = await run('alone');

    expect(ended.failureMessage).toContain(`[${code}]`);
    expect(ended.failureMessage).toMatch(/Lanes set to BOTH/);
    expect(ended.failureType).toBe('JobFailed');
  });
});

describe('a function that cannot do its job', () => {
  it('hands it over, and the next job of the repository goes to the build at once', async () => {
    const { httpsUrl, folder } = await rehearsal.git.createRepository('team/old-server');
    await commitFiles(folder, 'main', { message: 'One\n', files: SAMPLE_FILES });
    const before = await builds();
    rehearsal.git.setFault({ kind: 'protocol-v0' });
    try {
      const first = await run('both', { ...base, GitUrl: httpsUrl });
      const second = await run('both', { ...base, GitUrl: httpsUrl });

      expect([first, second].map(({ failureMessage }) => failureMessage)).toEqual(['', '']);
      expect([first, second].map(summaryOf)).toEqual([
        expect.stringContaining(' by build in '),
        expect.stringContaining(' by build in '),
      ]);
    } finally {
      rehearsal.git.setFault(undefined);
    }
    expect(await builds()).toBe(before + 2);
    expect(await logOf(FUNCTIONS.both)).toMatch(/Handing over to a build: the server does not offer version 2/);
    expect(await logOf(`${CUSTOM_ACTION_STACK}-custom-action`)).toMatch(
      /learnt from the last time: the server does not/,
    );
  });

  it('says so where there is no build', async () => {
    const ended = await run('alone', { ...base, GitLfs: 'true' });

    expect(ended.failureMessage).toContain('[source-fetch/build-lane-off]');
    expect(ended.failureMessage).toContain('GitLfs is "true"');
    expect(ended.failureType).toBe('ConfigurationError');
  });

  it('hands over, or is ended by Lambda, where its memory does not suffice', async () => {
    const { httpsUrl, folder } = await rehearsal.git.createRepository('team/large');
    const large = Array.from({ length: 5 }, (_, n) => [`${n}.bin`, randomBytes(8 * 1024 * 1024)] as const);
    const files = { ...SAMPLE_FILES, ...Object.fromEntries(large) };
    await commitFiles(folder, 'main', { message: 'Large\n', files });
    const restore = await changeFunctions({ MemorySize: 128 });
    try {
      const ended = await run('both', { ...base, GitUrl: httpsUrl });

      expect(ended.failureMessage).toBe('');
      expect(ended.status).toBe('Succeeded');
      expect(summaryOf(ended)).toMatch(/ by build in /);
    } finally {
      await restore();
    }
  }, 90_000);

  it('hands over in time what a server holds up', async () => {
    const restore = await changeFunctions({ Timeout: 4 });
    rehearsal.git.setFault({ kind: 'hang' });
    try {
      const before = await logOf(FUNCTIONS.both);
      await configureSource(rehearsal, 'both', base);
      const id = await startExecution(rehearsal, 'both');
      await eventually(async () =>
        expect((await logOf(FUNCTIONS.both)).slice(before.length)).toMatch(/time is nearly over/),
      );
      rehearsal.git.setFault(undefined);
      const ended = await waitForExecution(rehearsal, 'both', id);

      expect(ended.failureMessage).toBe('');
      expect(summaryOf(ended)).toMatch(/ by build in /);
    } finally {
      rehearsal.git.setFault(undefined);
      await restore();
    }
  });
});

it('a stack without builds has nothing of CodeBuild', () => {
  expect(alone.outputs).not.toHaveProperty('BuildProject');
  expect(alone.outputs).not.toHaveProperty('BuildLogGroup');
});

describe('a server whose pack', () => {
  let server: HostileServer;
  let hostile: Readonly<Record<string, string>>;

  beforeAll(async () => {
    server = await startHostileServer();
    const { host, caCertificate, url: GitUrl } = server;
    const secret = JSON.stringify({ host, username: 'ada', password: 'pass-word', caCertificate });
    hostile = { GitUrl, Branch: 'main', CredentialsSecret: await rehearsal.putSecret(secret) };
  });

  afterAll(() => server.close());

  it.each(BAD_PACKS)('%s fails the job in the same words by each lane', async (_, pack, byGit, byFunction) => {
    server.serve(pack);

    const build = await run('both', { ...hostile, FetchMethod: 'clone' });
    const [chosen, alone] = await Promise.all([run('both', hostile), run('alone', hostile)]);

    expect(build.failureMessage).toContain(`[${byGit}]`);
    expect([chosen.failureType, chosen.failureMessage]).toEqual([build.failureType, build.failureMessage]);
    // Without git it says what git does not.
    expect(alone.failureMessage).toContain(`[${byFunction}]`);
    expect(alone.status).toBe('Failed');
  });
});
