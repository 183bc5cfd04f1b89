import { ProvidersError } from '@gitsource/providers';
import { beforeEach, describe, expect, it } from 'vitest';
import { awsError, customSource, FakeAws, type FakeRun } from '../test/fake-aws.ts';
import { stateEvent } from '../test/state-event.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const SHA = 'a'.repeat(40);
const OTHER_SHA = 'b'.repeat(40);
const GIT_URL = 'https://git.example.com/team/app.git';

let aws: FakeAws;
let handle: (input: unknown) => Promise<void>;

beforeEach(() => {
  aws = new FakeAws();
  connect('git', {});
  handle = instance();
});

function connect(name: string, more: object): void {
  const connection = { provider: 'gitea', host: 'git.example.com', token: 'hunter2', ...more };
  aws.secrets.set(`gitsource/${name}`, JSON.stringify(connection));
}

function instance(environment: Record<string, string> = {}) {
  const config = readConfig({
    SECRET_PREFIX: 'gitsource/',
    STAGE_STATUSES: 'false',
    DEAD_LETTER_QUEUE_URL: 'https://queue',
    ...environment,
  });
  const handler = createHandler(aws.ports, config);
  return (input: unknown) => handler(input, { getRemainingTimeInMillis: () => 60_000 });
}

/** A run of the pipeline `app` whose custom source has brought a commit. */
function fetchedRun(executionId: string, more: Partial<FakeRun> = {}): FakeRun {
  return aws.addRun('app', executionId, { revisions: new Map([['Source', { revisionId: SHA }]]), ...more });
}

function addApp(variables: readonly string[] = []): void {
  aws.addPipeline('app', [customSource('Source', GIT_URL)], variables);
}

const told = (state: string, executionId = 'one') => stateEvent('Pipeline', executionId, state, { time: aws.nowMs });
const sourceSucceeded = (executionId = 'one', action = 'Source') =>
  stateEvent('Action', executionId, 'SUCCEEDED', { time: aws.nowMs, stage: 'Source', action });

function outcomes(): unknown[] {
  return aws.lines.flatMap(({ fields }) => ('outcome' in fields && 'pipelineName' in fields ? [fields.outcome] : []));
}

describe('a run', () => {
  it('that is pinned is pending from its start, and takes three calls to AWS and two to the provider', async () => {
    addApp(['SourceCommit', 'SourceRef']);
    // What is the same for all executions was read by another one before.
    aws.addRun('app', 'zero', { variables: { SourceCommit: OTHER_SHA } });
    await handle(told('STARTED', 'zero'));
    aws.calls.length = 0;
    const run = aws.addRun('app', 'one', { variables: { SourceCommit: SHA, SourceRef: 'refs/tags/v1' } });

    await handle(told('STARTED'));
    expect(aws.shown(SHA)).toMatchObject({ 'codepipeline/app': { state: 'pending', description: 'In progress' } });
    run.revisions.set('Source', { revisionId: SHA });
    await handle(sourceSucceeded());
    run.status = 'Succeeded';
    await handle(told('SUCCEEDED'));

    expect(aws.shown(SHA)).toEqual({
      'codepipeline/app': {
        state: 'success',
        description: 'Succeeded',
        targetUrl:
          'https://eu-central-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/app/executions/one/visualization?region=eu-central-1',
      },
    });
    expect(aws.published.filter(({ sha }) => sha === SHA).map(({ ref }) => ref)).toEqual([
      'refs/tags/v1',
      'refs/tags/v1',
    ]);
    expect(aws.calls).toEqual([
      'GetPipelineExecutionCommand',
      'ListPipelineExecutionsCommand',
      'ListPipelineExecutionsCommand',
    ]);
  });

  it('that is not pinned is shown when its source has succeeded, also where running is shown as such', async () => {
    aws.showsRunning = true;
    addApp();
    const run = aws.addRun('app', 'one');
    await handle(told('STARTED'));
    expect(aws.published).toEqual([]);

    run.revisions.set('Source', { revisionId: SHA });
    await handle(sourceSucceeded());
    expect(aws.shown(SHA)).toMatchObject({ 'codepipeline/app': { state: 'running' } });
    run.status = 'Succeeded';
    await handle(told('SUCCEEDED'));

    expect(aws.published.map(({ state, ref }) => [state, ref])).toEqual([
      ['running', 'refs/heads/main'],
      ['success', 'refs/heads/main'],
    ]);
  });

  const ends: [FakeRun['status'], string, Partial<FakeRun>, string, string][] = [
    ['Stopped', 'STOPPED', { stopReason: 'by hand' }, 'cancelled', 'Stopped: by hand'],
    ['Stopped', 'STOPPED', {}, 'cancelled', 'Stopped'],
    ['Cancelled', 'CANCELED', {}, 'cancelled', 'Cancelled'],
    ['Stopping', 'STOPPING', {}, 'pending', 'In progress'],
    ['Failed', 'FAILED', {}, 'failure', 'Failed'],
  ];
  it.each(ends)('that is %s says so', async (status, state, more, shown, description) => {
    addApp();
    fetchedRun('one', { status, ...more });

    await handle(told(state));

    expect(aws.shown(SHA)['codepipeline/app']).toMatchObject({ state: shown, description });
  });

  it('that failed names where, by the newest attempt; resumed it runs again', async () => {
    addApp();
    const at = (minute: number) => new Date(aws.nowMs + minute * 60_000);
    const action = (stageName: string, actionName: string, status: 'Failed' | 'Succeeded', minute: number) => ({
      stageName,
      actionName,
      status,
      startTime: at(minute),
      lastUpdateTime: at(minute),
    });
    const run = fetchedRun('one', {
      status: 'Failed',
      actions: [
        action('Build', 'Unit', 'Succeeded', 3),
        action('Build', 'Lint', 'Failed', 2),
        action('Build', 'Unit', 'Failed', 1),
      ],
    });

    await handle(told('FAILED'));
    expect(aws.shown(SHA)['codepipeline/app']).toMatchObject({
      state: 'failure',
      description: 'Failed in Build: Lint',
    });

    run.status = 'InProgress';
    await handle(told('RESUMED'));
    expect(aws.shown(SHA)['codepipeline/app']).toMatchObject({ state: 'pending' });
  });

  it('that is superseded names the one that took over, not one that had ended before', async () => {
    addApp();
    fetchedRun('one', { status: 'Superseded', lastUpdateTime: new Date(aws.nowMs + 60_000) });
    const other = new Map([['Source', { revisionId: OTHER_SHA }]]);
    aws.addRun('app', 'failed', { status: 'Failed', revisions: other });
    aws.addRun('app', 'ahead', { revisions: other });
    aws.addRun('app', 'behind', { revisions: other });

    await handle(told('SUPERSEDED'));

    expect(aws.shown(SHA)['codepipeline/app']).toMatchObject({
      state: 'cancelled',
      description: 'Superseded by ahead',
    });
  });

  it('does not overwrite what a newer run of the same commit shows', async () => {
    addApp();
    const old = fetchedRun('one');
    fetchedRun('two', { status: 'Failed' });
    await handle(told('FAILED', 'two'));
    old.status = 'Succeeded';

    await handle(told('SUCCEEDED', 'one'));

    expect(aws.shown(SHA)['codepipeline/app']).toMatchObject({
      state: 'failure',
      targetUrl: expect.stringContaining('/executions/two/'),
    });
    expect(aws.published.map(({ state }) => state)).not.toContain('success');
  });

  it('that rolls back shows nothing', async () => {
    addApp(['SourceCommit']);
    fetchedRun('one', { isRollback: true, status: 'Succeeded', variables: { SourceCommit: SHA } });

    for (const state of ['STARTED', 'SUCCEEDED']) await handle(told(state));

    expect(aws.published).toEqual([]);
  });

  it('shows its stages, where they are asked for', async () => {
    addApp();
    const run = fetchedRun('one', {
      actions: [
        { stageName: 'Source', actionName: 'Source', status: 'Succeeded' },
        { stageName: 'Build', actionName: 'Build', status: 'InProgress' },
      ],
    });
    handle = instance({ STAGE_STATUSES: 'true' });
    await handle(stateEvent('Stage', 'one', 'STARTED', { time: aws.nowMs, stage: 'Build' }));
    expect(aws.shown(SHA)).toMatchObject({
      'codepipeline/app': { state: 'pending' },
      'codepipeline/app/Source': { state: 'success' },
      'codepipeline/app/Build': { state: 'pending' },
    });

    run.actions = run.actions.map((action) =>
      action.stageName === 'Build' ? { ...action, status: 'Failed' as const } : action,
    );
    run.status = 'Failed';
    await handle(told('FAILED'));
    expect(aws.shown(SHA)).toMatchObject({
      'codepipeline/app': { state: 'failure', description: 'Failed in Build' },
      'codepipeline/app/Build': { state: 'failure', description: 'Failed in Build' },
    });
  });
});

describe('a source', () => {
  const source = (owner: 'AWS' | 'ThirdParty', provider: string, configuration: Record<string, string>) => ({
    name: 'Source',
    actionTypeId: { category: 'Source' as const, owner, provider, version: '1' },
    configuration,
  });

  it('in S3 is of the commit that its object tells', async () => {
    connect('same-path', { host: 'other.example.com' });
    aws.addPipeline('app', [source('AWS', 'S3', { S3Bucket: 'zips', S3ObjectKey: 'team/app.zip' })]);
    const metadata = { commit: SHA, ref: 'refs/heads/main', repository: 'team/app', host: 'Git.example.com' };
    aws.objects.set('zips/team/app.zip@v1', metadata);
    aws.addRun('app', 'one', { revisions: new Map([['Source', { revisionId: 'v1' }]]) });

    await handle(sourceSucceeded());

    expect(aws.published).toMatchObject([
      { sha: SHA, ref: 'refs/heads/main', repositoryPath: 'team/app', connection: { name: 'gitsource/git' } },
    ]);
  });

  it('in S3 that is none of git-to-s3, or is gone, shows nothing', async () => {
    aws.addPipeline('app', [source('AWS', 'S3', { S3Bucket: 'zips', S3ObjectKey: 'a.zip' })]);
    aws.objects.set('zips/a.zip@v1', { owner: 'me' });
    aws.addRun('app', 'one', { revisions: new Map([['Source', { revisionId: 'v1' }]]) });
    aws.addRun('app', 'two', { revisions: new Map([['Source', { revisionId: 'v2' }]]) });

    await handle(sourceSucceeded('one'));
    await handle(sourceSucceeded('two'));

    expect(aws.published).toEqual([]);
    expect(outcomes()).toEqual(['shown', 'shown']);
  });

  it('of a connection is of its provider, its console URL is read and not asked', async () => {
    connect('github', { provider: 'github', host: 'github.com' });
    connect('gitlab', { provider: 'gitlab', host: 'gitlab.com' });
    const id = '#{variables.Repository}';
    aws.addPipeline('app', [source('AWS', 'CodeStarSourceConnection', { FullRepositoryId: id, BranchName: 'main' })]);
    const arn = 'arn:aws:codeconnections:eu-central-1:111122223333:connection/1';
    const revisionUrl = `https://eu-central-1.console.aws.amazon.com/codesuite/settings/connections/redirect?connectionArn=${arn}&referenceType=COMMIT&FullRepositoryId=group/sub/app&Commit=${SHA}`;
    const revisionSummary = '{"ProviderType":"GitLab","CommitMessage":"say \\"ProviderType\\":\\"GitHub\\""}';
    const revisions = new Map([['Source', { revisionId: SHA, revisionUrl, revisionSummary }]]);
    const input = { resolvedConfiguration: { FullRepositoryId: 'group/sub/app' } };
    const actions = [{ stageName: 'Source', actionName: 'Source', status: 'Succeeded' as const, input }];
    aws.addRun('app', 'one', { revisions, actions });

    await handle(sourceSucceeded());

    expect(aws.published).toMatchObject([
      { sha: SHA, repositoryPath: 'group/sub/app', connection: { name: 'gitsource/gitlab' } },
    ]);
  });

  it('of GitHub version 1 is found by owner and name', async () => {
    connect('github', { provider: 'github', host: 'github.com' });
    aws.addPipeline('app', [source('ThirdParty', 'GitHub', { Owner: 'team', Repo: 'app', Branch: 'main' })]);
    fetchedRun('one');

    await handle(sourceSucceeded());

    expect(aws.published).toMatchObject([{ repositoryPath: 'team/app', connection: { name: 'gitsource/github' } }]);
  });

  it('of CodeCommit is named in the log, once', async () => {
    aws.addPipeline('app', [source('AWS', 'CodeCommit', { RepositoryName: 'app' })]);
    fetchedRun('one', { status: 'Succeeded' });

    await handle(sourceSucceeded());
    await handle(told('SUCCEEDED'));

    const named = aws.lines.filter(({ message }) => message === 'sources without a status');
    expect(named.map(({ fields }) => fields)).toEqual([{ pipelineName: 'app', sources: ['Source (AWS/CodeCommit)'] }]);
    expect(aws.published).toEqual([]);
  });

  it('twice of one commit is shown once, and of two repositories in both', async () => {
    connect('other', { host: 'other.example.com' });
    const sources = [
      customSource('One', GIT_URL),
      customSource('Two', 'git@git.example.com:team/app.git'),
      customSource('Three', 'https://other.example.com/lib.git'),
    ];
    aws.addPipeline('app', sources);
    const revisions = ['One', 'Two', 'Three'].map((name) => [name, { revisionId: SHA }] as const);
    aws.addRun('app', 'one', { status: 'Succeeded', revisions: new Map(revisions) });

    await handle(told('SUCCEEDED'));

    expect(aws.published.map(({ repositoryPath }) => repositoryPath)).toEqual(['team/app', 'lib']);
  });

  it('that has brought a commit says so, where another is still to bring the same', async () => {
    aws.showsRunning = true;
    aws.addPipeline('app', [customSource('One', GIT_URL), customSource('Two', GIT_URL)], ['SourceCommit']);
    for (const [executionId, first] of [
      ['one', 'One'],
      ['two', 'Two'],
    ] as const) {
      const variables = { SourceCommit: SHA };
      aws.addRun('app', executionId, { variables, revisions: new Map([[first, { revisionId: SHA }]]) });
      await handle(sourceSucceeded(executionId, first));
      expect(aws.published.at(-1)).toMatchObject({ state: 'running' });
    }
  });

  it('without a commit yet shows nothing', async () => {
    addApp();
    aws.addRun('app', 'one', { status: 'Failed' });

    await handle(told('FAILED'));

    expect(aws.published).toEqual([]);
    expect(outcomes()).toEqual(['shown']);
  });
});

describe('a connection', () => {
  it('that serves the repository best is used; equals are told, and the first of them is used', async () => {
    connect('a-team', { allowedRepositories: ['team/*'] });
    connect('exact-b', { allowedRepositories: ['team/app', 'lib/*'] });
    connect('exact-a', { allowedRepositories: ['team/app'] });
    connect('key', { allowedRepositories: ['team/app'], token: undefined });
    connect('hook', { allowedRepositories: ['team/app'], provider: 'generic' });
    aws.secrets.set('gitsource/broken', '{');
    addApp();
    fetchedRun('one');

    await handle(sourceSucceeded());

    expect(aws.published).toMatchObject([{ connection: { name: 'gitsource/exact-a' } }]);
    const warned = aws.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields);
    expect(warned).toMatchObject([
      { secret: 'gitsource/broken' },
      { connections: ['gitsource/exact-a', 'gitsource/exact-b'] },
    ]);
    expect(JSON.stringify(aws.lines)).not.toContain('hunter2');
  });

  it('that is missing is told; one made since is found a minute later, and not looked for before', async () => {
    aws.secrets.clear();
    addApp();
    const run = fetchedRun('one');
    await handle(sourceSucceeded());
    connect('git', {});
    await handle(told('RESUMED'));
    expect(aws.calls.filter((name) => name === 'ListSecretsCommand')).toHaveLength(1);

    aws.nowMs += 60_000;
    run.status = 'Succeeded';
    await handle(told('SUCCEEDED'));

    expect(aws.published.map(({ state }) => state)).toEqual(['success']);
    expect(aws.lines.map(({ message }) => message)).toContain(
      'no connection serves the repository, so nothing is shown',
    );
  });
});

describe('what goes wrong', () => {
  const unauthorized = () => new ProvidersError('providers/unauthorized', 'refused');
  const fail = (...errors: Error[]) => aws.faults.set('publish', errors);

  beforeEach(() => {
    addApp();
    fetchedRun('one', { status: 'Succeeded' });
  });

  it('for good goes to the dead-letter queue at once, and can be given back in every form', async () => {
    fail(unauthorized());
    const event = told('SUCCEEDED');
    await handle(event);
    expect(aws.deadLetters).toEqual([{ code: 'providers/unauthorized', message: 'refused', ...event }]);
    expect(aws.published).toEqual([]);

    aws.nowMs += 3_600_000;
    for (const [index, letter] of [
      aws.deadLetters[0],
      { version: '1.0', requestContext: {}, requestPayload: event, responsePayload: { errorMessage: 'down' } },
      { requestPayload: aws.deadLetters[0] },
    ].entries()) {
      await handle(letter);
      expect(aws.published).toHaveLength(index + 1);
    }
  });

  it('by a token that was changed since works with the new one', async () => {
    fetchedRun('two');
    await handle(sourceSucceeded('two'));
    const [, two] = aws.pipelines.get('app')?.runs ?? [];
    if (two !== undefined) two.status = 'Succeeded';
    aws.nowMs += 90_000;
    connect('git', { token: 'renewed' });
    fail(unauthorized());

    await handle(told('SUCCEEDED', 'two'));

    expect(aws.published.map(({ connection, state }) => [state, connection.password])).toEqual([
      ['pending', 'hunter2'],
      ['success', 'renewed'],
    ]);
    expect(aws.deadLetters).toEqual([]);
  });

  it.each(['providers/unavailable', 'providers/rate-limited'] as const)(
    'for a while (%s) is thrown, and the next attempt shows what is true then',
    async (code) => {
      fail(new ProvidersError(code, 'not now'));
      const event = told('SUCCEEDED');
      await expect(handle(event)).rejects.toMatchObject({ code });
      expect(outcomes()).toEqual(['retry']);

      aws.nowMs += 60_000;
      await handle(event);
      expect(aws.shown(SHA)).toMatchObject({ 'codepipeline/app': { state: 'success' } });
    },
  );

  it('with one repository does not keep the others from being shown', async () => {
    connect('other', { host: 'other.example.com' });
    aws.addPipeline('two', [customSource('One', GIT_URL), customSource('Two', 'https://other.example.com/lib.git')]);
    const revisions = ['One', 'Two'].map((name) => [name, { revisionId: SHA }] as const);
    aws.addRun('two', 'pair', { status: 'Succeeded', revisions: new Map(revisions) });
    fail(unauthorized());

    await handle(stateEvent('Pipeline', 'pair', 'SUCCEEDED', { time: aws.nowMs, pipeline: 'two' }));

    expect(aws.published).toMatchObject([{ repositoryPath: 'lib', state: 'success' }]);
    expect(aws.deadLetters).toMatchObject([{ code: 'providers/unauthorized' }]);
  });

  it('with AWS is thrown or put away by what it is', async () => {
    aws.faults.set('ListPipelineExecutionsCommand', [
      awsError('ThrottlingException'),
      awsError('AccessDeniedException'),
    ]);
    await expect(handle(told('SUCCEEDED'))).rejects.toMatchObject({ code: 'commit-status/aws-unavailable' });
    await handle(told('SUCCEEDED'));

    expect(aws.deadLetters).toMatchObject([
      {
        code: 'commit-status/access-denied',
        message: expect.stringContaining('Allow codepipeline:ListPipelineExecutions'),
      },
    ]);
  });

  it('because the pipeline is gone is no failure', async () => {
    aws.pipelines.delete('app');
    await handle(told('SUCCEEDED'));
    addApp();
    await handle(told('SUCCEEDED', 'unknown'));

    expect(outcomes()).toEqual(['gone', 'gone']);
  });

  it('with an event that is none is told', async () => {
    await handle({ source: 'aws.codebuild' });

    expect(aws.deadLetters).toMatchObject([{ code: 'events/event-invalid' }]);
  });

  it('in a list that is behind a success does not take it back', async () => {
    const run = fetchedRun('two');

    await handle(told('SUCCEEDED', 'two'));

    expect(run.status).toBe('InProgress');
    expect(aws.shown(SHA)).toMatchObject({ 'codepipeline/app': { state: 'success' } });
  });

  it('in a list that is behind its event is waited for', async () => {
    const run = aws.pipelines.get('app')?.runs[0];
    if (run !== undefined) run.status = 'InProgress';
    aws.pace = async (label) => {
      if (label === 'sleep' && run !== undefined) run.status = 'Failed';
    };

    await handle(told('FAILED'));

    expect(aws.slept).toEqual([500]);
    expect(aws.published.map(({ state }) => state)).toEqual(['failure']);
  });

  it('twice in the same way, with another attempt in between, stands as the second', async () => {
    const run = aws.pipelines.get('app')?.runs[0];
    if (run === undefined) throw new Error('no run');
    const another = instance();
    const become = (status: FakeRun['status']) => {
      run.status = status;
      aws.nowMs += 1;
      run.lastUpdateTime = new Date(aws.nowMs);
    };
    become('Failed');
    let isFirst = true;
    aws.pace = async (label) => {
      if (label !== 'publish answered' || !isFirst) return;
      isFirst = false;
      become('InProgress');
      await another(told('RESUMED'));
      become('Failed');
    };
    await handle(told('FAILED'));
    await handle(told('FAILED'));

    expect(aws.published.map(({ state }) => state)).toEqual(['failure', 'pending', 'failure']);
  });
});

describe('pipelines', () => {
  it('without the tag are not shown; the tag is asked for every ten minutes at most', async () => {
    addApp();
    const run = fetchedRun('one');
    handle = instance({ PIPELINE_TAG_KEY: 'show', PIPELINE_TAG_VALUE: 'yes' });
    const arn = 'arn:aws:codepipeline:eu-central-1:111122223333:app';
    aws.tags.set(arn, { show: 'no' });
    await handle(sourceSucceeded());
    aws.tags.set(arn, { show: 'yes' });
    await handle(sourceSucceeded());
    expect(aws.published).toEqual([]);

    aws.nowMs += 600_000;
    run.status = 'Succeeded';
    await handle(told('SUCCEEDED'));

    expect(aws.published.map(({ state }) => state)).toEqual(['success']);
    expect(aws.calls.filter((name) => name === 'ListTagsForResourceCommand')).toHaveLength(2);
  });

  it('tell more than is shown', async () => {
    addApp();
    await handle(stateEvent('Stage', 'one', 'STARTED', { time: aws.nowMs, stage: 'Build' }));
    await handle(stateEvent('Action', 'one', 'STARTED', { time: aws.nowMs, stage: 'Source', action: 'Source' }));

    expect(aws.calls).toEqual([]);
  });
});
