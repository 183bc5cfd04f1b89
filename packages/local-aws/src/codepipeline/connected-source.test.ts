import type {
  GetPipelineExecutionOutput,
  GetPipelineOutput,
  GetPipelineStateOutput,
} from '@aws-sdk/client-codepipeline';
import { runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectedAccount, mayUse, REPOSITORY } from './test/connected-account.ts';

let account: ConnectedAccount;
let first: string;
let connection: string;

function uniqueName(): string {
  return `p-${crypto.randomUUID()}`;
}

beforeAll(async () => {
  account = await ConnectedAccount.open();
  first = await account.commit('main', 'Greet “all”\n\nBody.\n', {
    'greeting.txt': 'hello\n',
    'run.sh': { executable: 'true\n' },
    'latest.txt': { symlink: 'greeting.txt' },
  });
  connection = await account.connection();
});

afterAll(() => account.close());

describe('a CODE_ZIP source', () => {
  it('builds the newest commit of its branch, and shows it as AWS does', async () => {
    await account.pipeline('zip', {
      source: { ConnectionArn: connection },
      pipelineMay: [mayUse(connection)],
      commands: ['test "$(cat greeting.txt)" = hello', 'test ! -e .git', 'test ! -L latest.txt', 'cat latest.txt'],
    });

    expect(await account.ended('zip')).toMatchObject({ status: 'Succeeded' });

    const url = `https://us-east-1.console.aws.amazon.com/codesuite/settings/connections/redirect?connectionArn=${connection}&referenceType=COMMIT&FullRepositoryId=${REPOSITORY}&Commit=${first}`;
    const summary = JSON.stringify({ ProviderType: 'GitLab', CommitMessage: 'Greet “all”\n\nBody.' });
    const source = await account.action('zip', 'App');
    expect(source.output?.executionResult).toEqual({
      externalExecutionId: first,
      externalExecutionSummary: summary,
      externalExecutionUrl: url,
    });
    expect(source.output?.outputVariables).toEqual({
      AuthorDate: '2026-01-31T08:15:00Z',
      BranchName: 'main',
      CommitId: first,
      CommitMessage: 'Greet “all”\n\nBody.',
      ConnectionArn: connection,
      FullRepositoryName: REPOSITORY,
    });
    const [execution] = await account.executions('zip');
    expect(execution?.sourceRevisions).toEqual([
      { actionName: 'App', revisionId: first, revisionSummary: summary, revisionUrl: url },
    ]);
    const { pipelineExecution } = await account.call<GetPipelineExecutionOutput>(
      'codepipeline',
      'GetPipelineExecution',
      { pipelineName: 'zip', pipelineExecutionId: execution?.pipelineExecutionId },
    );
    expect(pipelineExecution?.artifactRevisions).toEqual([
      { name: 'Code', revisionId: first, revisionSummary: summary, revisionUrl: url },
    ]);
    const state = await account.call<GetPipelineStateOutput>('codepipeline', 'GetPipelineState', { name: 'zip' });
    expect(state.stageStates?.[0]?.actionStates?.[0]).toMatchObject({
      entityUrl: expect.stringMatching(/referenceType=BRANCH&FullRepositoryId=group\/sub\/app&Branch=main$/),
      revisionUrl: url,
    });
  });

  it('takes the commit that an execution is started with', async () => {
    await account.pipeline('override', { source: { ConnectionArn: connection }, pipelineMay: [mayUse(connection)] });
    await account.ended('override');
    const main = await account.commit('other', 'Elsewhere', { 'other.txt': 'x\n' });

    await account.call('codepipeline', 'StartPipelineExecution', {
      name: 'override',
      sourceRevisions: [{ actionName: 'App', revisionType: 'COMMIT_ID', revisionValue: main }],
    });

    expect((await account.ended('override', 2)).sourceRevisions).toMatchObject([{ revisionId: main }]);
  });

  it.each([
    [
      'repository',
      { FullRepositoryId: 'group/app' },
      '[GitLab] No Branch [main] found for FullRepositoryName [group/app]',
    ],
    ['branch', { BranchName: 'gone' }, `[GitLab] No Branch [gone] found for FullRepositoryName [${REPOSITORY}]`],
    ['branch, only in other case,', { BranchName: 'Main' }, `[GitLab] No Branch [Main] found for`],
  ])('names a %s that is not there', async (_what, source, message) => {
    const name = uniqueName();
    await account.pipeline(name, {
      source: { ConnectionArn: connection, ...source },
      pipelineMay: [mayUse(connection)],
    });

    await account.ended(name);

    const { errorDetails } = (await account.action(name, 'App')).output?.executionResult ?? {};
    expect(errorDetails?.message).toContain(message);
  });
});

describe('a full clone', () => {
  it('is made by the build, with all history, by the role of the build', async () => {
    await account.pipeline('clone', {
      source: { ConnectionArn: connection, OutputArtifactFormat: 'CODEBUILD_CLONE_REF' },
      pipelineMay: [mayUse(connection)],
      buildMay: [mayUse(connection, { StringEquals: { 'codeconnections:ProviderAction': 'GitPull' } })],
      commands: [
        'test "$(git rev-parse HEAD)" = "$CODEBUILD_RESOLVED_SOURCE_VERSION"',
        'test -L latest.txt',
        'git log --oneline origin/other',
      ],
    });

    expect(await account.ended('clone')).toMatchObject({ status: 'Succeeded' });
    const pointer = JSON.parse((await account.artifact(await account.action('clone', 'App'))).toString());
    expect(pointer).toMatchObject({ connectionArn: connection, fullRepositoryId: REPOSITORY });
  });

  it('fails in DOWNLOAD_SOURCE, in the words of CodeBuild, where that role may not', async () => {
    await account.pipeline('no-clone', {
      source: { ConnectionArn: connection, OutputArtifactFormat: 'CODEBUILD_CLONE_REF' },
      pipelineMay: [mayUse(connection)],
    });

    expect(await account.ended('no-clone')).toMatchObject({ status: 'Failed' });
    const { errorDetails } = (await account.action('no-clone', 'Build')).output?.executionResult ?? {};
    expect(errorDetails?.message).toMatch(
      /DOWNLOAD_SOURCE: authorization failed for primary source and source version/,
    );
  });
});

describe('a full clone for another action', () => {
  it('fails that action', async () => {
    await account.pipeline('not-codebuild', {
      source: { ConnectionArn: connection, OutputArtifactFormat: 'CODEBUILD_CLONE_REF' },
      pipelineMay: [mayUse(connection)],
    });
    await account.ended('not-codebuild');
    const deploy = { category: 'Deploy', provider: 'Own', version: '1' } as const;
    await account.call('codepipeline', 'CreateCustomActionType', {
      ...deploy,
      inputArtifactDetails: { minimumCount: 1, maximumCount: 1 },
      outputArtifactDetails: { minimumCount: 0, maximumCount: 0 },
    });
    const { pipeline } = await account.call<GetPipelineOutput>('codepipeline', 'GetPipeline', {
      name: 'not-codebuild',
    });
    const action = pipeline?.stages?.[1]?.actions?.[0];
    Object.assign(action ?? {}, { actionTypeId: { ...deploy, owner: 'Custom' }, configuration: {} });
    await account.call('codepipeline', 'UpdatePipeline', { pipeline });

    await account.call('codepipeline', 'StartPipelineExecution', { name: 'not-codebuild' });

    expect(await account.ended('not-codebuild', 2)).toMatchObject({ status: 'Failed' });
    const { errorDetails } = (await account.action('not-codebuild', 'Build')).output?.executionResult ?? {};
    expect(errorDetails?.message).toContain('only CodeBuild can use it');
  });
});

describe('the permission to use a connection', () => {
  it.each([
    ['nothing is allowed', () => []],
    [
      'another repository is',
      (arn: string) => [mayUse(arn, { StringEquals: { 'codeconnections:FullRepositoryId': 'a/b' } })],
    ],
    ['another branch is', (arn: string) => [mayUse(arn, { StringEquals: { 'codeconnections:BranchName': 'next' } })]],
    ['the other prefix is', (arn: string) => [mayUse(arn.replace('codeconnections', 'codestar-connections'))]],
    [
      'the archive is not',
      (arn: string) => [mayUse(arn, { StringEquals: { 'codeconnections:ProviderAction': 'GetBranch' } })],
    ],
  ])('fails the source where %s', async (_what, statements) => {
    const name = uniqueName();
    await account.pipeline(name, { source: { ConnectionArn: connection }, pipelineMay: statements(connection) });

    await account.ended(name);

    expect((await account.action(name, 'App')).output?.executionResult?.errorDetails).toEqual({
      code: 'PermissionError',
      message: `Unable to use Connection: ${connection}. The provided role does not have sufficient permissions.`,
    });
  });

  it('is asked under the former name for a connection made under it', async () => {
    const former = await account.connection('codestar-connections');
    const condition = {
      'ForAllValues:StringEquals': {
        'codestar-connections:FullRepositoryId': REPOSITORY,
        'codestar-connections:BranchName': 'main',
      },
    };
    await account.pipeline('former', { source: { ConnectionArn: former }, pipelineMay: [mayUse(former, condition)] });

    expect(await account.ended('former')).toMatchObject({ status: 'Succeeded' });
  });
});

describe('a PENDING connection', () => {
  it('fails the source, and no change starts anything, until its handshake is done', async () => {
    const pending = await account.connection('codeconnections', false);
    await account.pipeline('pending', { source: { ConnectionArn: pending }, pipelineMay: [mayUse(pending)] });
    expect(await account.ended('pending')).toMatchObject({ status: 'Failed' });
    const { errorDetails } = (await account.action('pending', 'App')).output?.executionResult ?? {};
    expect(errorDetails?.message).toContain('not in an AVAILABLE state');
    const change = { ref: 'refs/heads/main', before: '0'.repeat(40), after: first };
    expect(await account.report(change)).not.toContain('pending');

    expect((await account.handshake(pending)).status).toBe(200);

    expect(await account.report(change)).toContain('pending');
    expect(await account.ended('pending', 2)).toMatchObject({
      status: 'Succeeded',
      trigger: { triggerType: 'WebhookV2' },
    });
  });
});

describe('a change', () => {
  const trigger = (gitConfiguration: object) => ({
    providerType: 'CodeStarSourceConnection' as const,
    gitConfiguration: { sourceActionName: 'App', ...gitConfiguration },
  });
  const zeros = '0'.repeat(40);

  async function withTrigger(name: string, gitConfiguration: object): Promise<void> {
    const triggers = [trigger(gitConfiguration)];
    await account.pipeline(name, {
      source: { ConnectionArn: connection },
      triggers,
      pipelineMay: [mayUse(connection)],
    });
    await account.ended(name);
  }

  it('starts by branch and path, at the pushed commit although the branch has moved on', async () => {
    await withTrigger('by-path', {
      push: [{ branches: { includes: ['feature/**'] }, filePaths: { includes: ['services/a/**'] } }],
    });
    const docs = await account.commit('feature/x', 'Docs', { 'docs/a.md': '1' });
    const code = await account.commit('feature/x', 'Code', { 'services/a/b.ts': '1' });
    await account.commit('feature/x', 'Later', { 'services/a/b.ts': '2' });
    const push = (before: string, after: string, branch = 'feature/x') =>
      account.report({ ref: `refs/heads/${branch}`, before, after });

    expect(await push(zeros, docs)).not.toContain('by-path');
    expect(await push(docs, code, 'main')).not.toContain('by-path');
    expect(await push(docs, code)).toContain('by-path');

    const execution = await account.ended('by-path', 2);
    expect(execution).toMatchObject({ status: 'Succeeded', sourceRevisions: [{ revisionId: code }] });
    expect((await account.action('by-path', 'App')).output?.outputVariables).toMatchObject({ BranchName: 'feature/x' });
  });

  it('starts by tag, at the commit of an annotated one', async () => {
    await withTrigger('by-tag', { push: [{ tags: { includes: ['v*'] } }] });
    const identity = { GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' };
    await runGit(account.repository, ['tag', '-a', '-m', 'One', 'v1', first], { environment: identity });
    const after = await runGit(account.repository, ['rev-parse', 'refs/tags/v1']);

    expect(await account.report({ ref: 'refs/tags/nightly', before: zeros, after })).not.toContain('by-tag');
    expect(await account.report({ ref: 'refs/tags/v1', before: after, after: zeros })).toEqual([]);
    expect(await account.report({ ref: 'refs/tags/v1', before: zeros, after })).toEqual(['by-tag']);
    expect((await account.ended('by-tag', 2)).sourceRevisions).toMatchObject([{ revisionId: first }]);
  });

  it('starts by pull request, at the source branch', async () => {
    await withTrigger('by-pull', {
      pullRequest: [{ branches: { includes: ['main'] }, events: ['OPEN'], filePaths: { includes: ['fix.txt'] } }],
    });
    await runGit(account.repository, ['branch', '--force', 'fix', 'main']);
    const fix = await account.commit('fix', 'Fix', { 'fix.txt': '1' });
    const pull = (event: string, targetBranch: string) =>
      account.report({ pullRequest: { event, sourceBranch: 'fix', targetBranch } });

    expect(await pull('UPDATED', 'main')).toEqual([]);
    expect(await pull('OPEN', 'next')).toEqual([]);
    expect(await pull('OPEN', 'main')).toEqual(['by-pull']);
    expect((await account.ended('by-pull', 2)).sourceRevisions).toMatchObject([{ revisionId: fix }]);
  });

  it('of its branch starts a pipeline without triggers, unless it detects no changes', async () => {
    const pipelineMay = [mayUse(connection)];
    await account.pipeline('detects', { source: { ConnectionArn: connection }, pipelineMay });
    await account.pipeline('detects-not', {
      source: { ConnectionArn: connection, DetectChanges: 'false' },
      pipelineMay,
    });

    const started = await account.report({ ref: 'refs/heads/main', before: zeros, after: first });
    expect(started).toContain('detects');
    expect(started).not.toContain('detects-not');
    expect(await account.report({ ref: 'refs/heads/other', before: zeros, after: first })).not.toContain('detects');
  });

  const push = { repository: REPOSITORY, ref: 'refs/heads/main', before: zeros, after: zeros };
  it.each([
    ['no JSON', '{', 400],
    ['neither push nor pull request', JSON.stringify({ repository: REPOSITORY }), 400],
    ['of no full ref', JSON.stringify({ ...push, ref: 'main' }), 400],
    ['of a short SHA', JSON.stringify({ ...push, after: 'abc' }), 400],
    ['of an option', JSON.stringify({ ...push, before: '--output=x' }), 400],
    ['with an unknown key', JSON.stringify({ ...push, force: true }), 400],
    [
      'of an unknown event',
      JSON.stringify({
        repository: REPOSITORY,
        pullRequest: { event: 'MERGED', sourceBranch: 'a', targetBranch: 'b' },
      }),
      400,
    ],
    ['too large', 'x'.repeat(70_000), 400],
    ['in a repository that is not there', JSON.stringify({ ...push, repository: 'none/there' }), 404],
  ])('that is %s is refused', async (_what, body, status) => {
    const reply = await fetch(`${account.aws.endpointUrl}/codeconnections/changes`, { method: 'POST', body });
    expect(reply.status).toBe(status);
    expect(await reply.json()).toEqual({ error: expect.any(String) });
  });
});
