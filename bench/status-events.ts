import { readConfig } from '../apps/commit-status/src/config.ts';
import { createHandler } from '../apps/commit-status/src/handler.ts';
import { customSource, FakeAws } from '../apps/commit-status/test/fake-aws.ts';
import { stateEvent } from '../apps/commit-status/test/state-event.ts';
import { median } from './median.ts';

/** How an execution finds its commit, and whether its provider tells `running` from `pending`. */
export interface StatusCase {
  readonly name: string;
  readonly kind: 'custom' | 'connection' | 's3';
  /** Whether the pipeline declares SourceCommit, as the sample does. */
  readonly declares: boolean;
  /** Whether the execution is started for a commit, as the trigger does. */
  readonly isPinned: boolean;
  readonly showsRunning: boolean;
}

/** What one successful execution of three events took. */
export interface StatusCalls {
  readonly aws: number;
  readonly provider: number;
}

const HANDLED = { getRemainingTimeInMillis: () => 60_000 };
const config = readConfig({
  SECRET_PREFIX: 'gitsource/',
  STAGE_STATUSES: 'false',
  DEAD_LETTER_QUEUE_URL: 'https://queue',
});

/** Runs a case in a fresh instance: the first execution is cold, those after it are warm. */
export function createStatusRun(wanted: StatusCase) {
  const aws = new FakeAws();
  aws.showsRunning = wanted.showsRunning;
  const provider = wanted.kind === 'connection' ? 'github' : 'gitea';
  const host = wanted.kind === 'connection' ? 'github.com' : 'git.example.com';
  aws.secrets.set('gitsource/git', JSON.stringify({ provider, host, token: 'token' }));
  aws.addPipeline('app', [sourceOf(wanted.kind)], wanted.declares ? ['SourceCommit', 'SourceRef'] : []);
  // Nothing is logged anywhere: the figures are of the function alone.
  const handle = createHandler({ ...aws.ports, log: { debug() {}, info() {}, warn() {}, error() {} } }, config);
  let count = 0;

  async function execute(): Promise<StatusCalls> {
    count++;
    const executionId = `execution-${count}`;
    const sha = count.toString(16).padStart(40, '0');
    const variables = { SourceCommit: wanted.isPinned ? sha : 'latest', SourceRef: '-' };
    const before = { aws: aws.calls.length, provider: aws.published.length };
    const run = aws.addRun('app', executionId, { variables });
    const tell = (level: 'Pipeline' | 'Action', state: string) =>
      handle(stateEvent(level, executionId, state, { time: aws.nowMs, stage: 'Source', action: 'Source' }), HANDLED);
    await tell('Pipeline', 'STARTED');
    run.revisions.set('Source', { revisionId: wanted.kind === 's3' ? `version-${count}` : sha });
    aws.objects.set(`zips/app.zip@version-${count}`, { commit: sha, repository: 'team/app', delivery: 'd' });
    await tell('Action', 'SUCCEEDED');
    run.status = 'Succeeded';
    await tell('Pipeline', 'SUCCEEDED');
    if (aws.shown(sha)['codepipeline/app']?.state !== 'success') throw new Error(`${wanted.name} shows no success`);
    return { aws: aws.calls.length - before.aws, provider: aws.published.length - before.provider };
  }

  return { execute };
}

function sourceOf(kind: StatusCase['kind']) {
  const action = (provider: string, configuration: Record<string, string>) => ({
    name: 'Source',
    actionTypeId: { category: 'Source' as const, owner: 'AWS' as const, provider, version: '1' },
    configuration,
  });
  if (kind === 's3') return action('S3', { S3Bucket: 'zips', S3ObjectKey: 'app.zip' });
  if (kind === 'connection') return action('CodeStarSourceConnection', { FullRepositoryId: 'team/app' });
  return customSource('Source', 'https://git.example.com/team/app.git');
}

const ROUNDS = 15;
const EXECUTIONS = 30;

/** CPU of one event in microseconds, AWS and the provider answering at once; a median over rounds. */
export async function measureStatusEvent(wanted: StatusCase): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { execute } = createStatusRun(wanted);
    await execute();
    const before = process.cpuUsage();
    for (let n = 0; n < EXECUTIONS; n++) await execute();
    const { system, user } = process.cpuUsage(before);
    rounds.push((system + user) / (3 * EXECUTIONS));
  }
  return median(rounds);
}
