import { StopBuildCommand } from '@aws-sdk/client-codebuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BuildAccount, buildspec } from './test/build-account.ts';

let account: BuildAccount;

beforeAll(async () => {
  account = await BuildAccount.open();
});

afterAll(async () => {
  await account.close();
});

describe('a build', { timeout: 30_000 }, () => {
  it('runs all commands in one shell and shows its phases, logs and end', async () => {
    const commands = [
      'mkdir sub && cd sub',
      'export A=1',
      'B=2',
      'echo "$(basename "$PWD") $A $B"',
      'printf no-newline',
    ];
    await account.project('simple', buildspec(...commands, 'echo err >&2', 'cat', 'echo ü'));

    const build = await account.run('simple');

    expect(build.phases?.map(({ phaseType, phaseStatus }) => `${phaseType} ${phaseStatus}`)).toEqual([
      'SUBMITTED SUCCEEDED',
      'QUEUED SUCCEEDED',
      'PROVISIONING SUCCEEDED',
      'DOWNLOAD_SOURCE SUCCEEDED',
      'INSTALL SUCCEEDED',
      'PRE_BUILD SUCCEEDED',
      'BUILD SUCCEEDED',
      'POST_BUILD SUCCEEDED',
      'UPLOAD_ARTIFACTS SUCCEEDED',
      'FINALIZING SUCCEEDED',
      'COMPLETED undefined',
    ]);
    expect(build).toMatchObject({
      buildStatus: 'SUCCEEDED',
      currentPhase: 'COMPLETED',
      buildNumber: 1,
      initiator: 'root',
      logs: { groupName: '/aws/codebuild/simple' },
    });
    expect(await account.lines(build)).toEqual(['sub 1 2', 'no-newline', 'err', 'ü']);
    expect((await account.lines(build, true)).join('\n')).toContain('Running command echo err >&2\nerr\n');
  });

  it('runs post_build after a failed build, not the rest of the phase, and says why it failed', async () => {
    const text = `
version: 0.2
phases:
  build:
    commands:
      - echo before
      - (exit 7)
      - echo never
    finally:
      - echo finally
  post_build:
    commands:
      - echo succeeding=$CODEBUILD_BUILD_SUCCEEDING
`;
    await account.project('failing', text);

    const build = await account.run('failing');

    expect(build.buildStatus).toBe('FAILED');
    expect(await account.lines(build)).toEqual(['before', 'finally', 'succeeding=0']);
    expect(build.phases?.find(({ phaseType }) => phaseType === 'BUILD')).toMatchObject({
      phaseStatus: 'FAILED',
      contexts: [
        {
          statusCode: 'COMMAND_EXECUTION_ERROR',
          message: 'Error while executing command: (exit 7). Reason: exit status 7',
        },
      ],
    });
    expect(account.events).toContainEqual(
      expect.objectContaining({
        detailType: 'CodeBuild Build Phase Change',
        detail: expect.objectContaining({
          'project-name': 'failing',
          'completed-phase': 'BUILD',
          'completed-phase-status': 'FAILED',
          'completed-phase-context':
            '[COMMAND_EXECUTION_ERROR: Error while executing command: (exit 7). Reason: exit status 7]',
        }),
      }),
    );
  });

  it.each(['install', 'pre_build'])('ends after a failed %s', async (phase) => {
    await account.project(
      `ends-${phase}`,
      `{"version": "0.2", "phases": {"${phase}": {"commands": ["false"]}, "post_build": {"commands": ["echo never"]}}}`,
    );

    const build = await account.run(`ends-${phase}`);

    expect(build.buildStatus).toBe('FAILED');
    expect(build.phases?.slice(-3)).toMatchObject([
      { phaseType: phase.toUpperCase(), phaseStatus: 'FAILED' },
      { phaseType: 'FINALIZING', phaseStatus: 'SUCCEEDED' },
      { phaseType: 'COMPLETED' },
    ]);
    expect(await account.lines(build)).toEqual([]);
  });

  it('follows on-failure', async () => {
    const phases = (onFailure: string, phase: string) =>
      `{"version": "0.2", "phases": {"${phase}": {"on-failure": "${onFailure}", "commands": ["false"]}, "post_build": {"commands": ["echo post"]}}}`;
    await account.project('abort', phases('ABORT', 'build'));
    await account.project('continue', phases('CONTINUE', 'install'));

    const [abort, goesOn] = [await account.run('abort'), await account.run('continue')];

    expect([abort.buildStatus, goesOn.buildStatus]).toEqual(['FAILED', 'FAILED']);
    expect(await account.lines(abort)).toEqual([]);
    expect(await account.lines(goesOn)).toEqual(['post']);
  });

  it('takes exit and syntax errors as the status of a command, and goes on where the shell was', async () => {
    const text = (kind: string, command: string) =>
      `{"version": "0.2", "env": {"shell": "${kind}"}, "phases": {"build": {"commands": ["mkdir d; cd d", "export KEPT=1", "${command}"]}, "post_build": {"commands": ["echo \${PWD##*/} $KEPT"]}}}`;
    await account.project('leaves', text('sh', 'exit 3'));
    await account.project('leaves-well', text('bash', 'exit 0'));
    await account.project('syntax', text('sh', 'if then'));

    const [leaves, well, syntax] = [
      await account.run('leaves'),
      await account.run('leaves-well'),
      await account.run('syntax'),
    ];

    expect([leaves, well, syntax].map(({ buildStatus }) => buildStatus)).toEqual(['FAILED', 'SUCCEEDED', 'FAILED']);
    for (const build of [leaves, well]) expect(await account.lines(build)).toEqual(['d 1']);
    expect((await account.lines(syntax)).join('\n')).toMatch(/syntax error[\s\S]*\nd 1$/);
  });

  it('exports what the buildspec names, and never a secret', async () => {
    await account.call('secretsmanager', 'CreateSecret', { Name: 'exported', SecretString: 'hidden-value' });
    const text = `{"version": "0.2", "env": {"exported-variables": ["COMMIT", "TOKEN", "AWS_REGION"], "secrets-manager": {"TOKEN": "exported"}}, "phases": {"build": {"commands": ["export COMMIT='a\\nb'"]}}}`;
    await account.project('exports', text);

    expect(await account.run('exports')).toMatchObject({
      buildStatus: 'SUCCEEDED',
      exportedEnvironmentVariables: [{ name: 'COMMIT', value: 'a\nb' }],
    });
  });

  it('stops at once, with all that it started', async () => {
    await account.project('stopped', buildspec('echo started; sleep 60 & sleep 60', 'echo never'));
    const id = await account.start('stopped');
    await vi.waitFor(async () => expect(await account.lines(await account.build(id))).toEqual(['started']), 5000);

    await account.codebuild.send(new StopBuildCommand({ id }));

    const build = await account.ended(id);
    expect(build).toMatchObject({ buildStatus: 'STOPPED' });
    expect(build.phases?.find(({ phaseType }) => phaseType === 'BUILD')).toMatchObject({ phaseStatus: 'STOPPED' });
    expect(build.phases?.map(({ phaseType }) => phaseType)).not.toContain('POST_BUILD');
    expect(await account.lines(build)).toEqual(['started']);
  });

  it('fails where its role may not write logs', async () => {
    const serviceRole = await account.role('no-logs', [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]);
    await account.project('silent', buildspec('true'), { serviceRole });

    const build = await account.run('silent');

    expect(build.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED')).toMatchObject({
      phaseType: 'PROVISIONING',
      contexts: [{ statusCode: 'ACCESS_DENIED', message: expect.stringContaining('logs:CreateLogStream') }],
    });
  });

  it('fails while reading a buildspec that AWS or this would not understand', async () => {
    await account.project('unknown-key', 'version: 0.2\nphases:\n  build:\n    comands:\n      - true\n');

    const build = await account.run('unknown-key');

    expect(build.buildStatus).toBe('FAILED');
    expect(build.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED')).toMatchObject({
      phaseType: 'DOWNLOAD_SOURCE',
      contexts: [{ statusCode: 'YAML_FILE_ERROR', message: expect.stringContaining('phases.build.comands') }],
    });
  });
});
