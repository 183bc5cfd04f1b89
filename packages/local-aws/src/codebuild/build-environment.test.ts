import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BuildAccount, buildspec } from './test/build-account.ts';

let account: BuildAccount;

beforeAll(async () => {
  account = await BuildAccount.open();
});

afterAll(async () => {
  await account.close();
});

describe('what a build sees and shows', { timeout: 30_000 }, () => {
  it('masks secrets in logs and in the reason of a failure', async () => {
    const SecretString = JSON.stringify({ token: 'hunter-two', key: 'first line\nsecond line' });
    await account.call('secretsmanager', 'CreateSecret', { Name: 'team/connection', SecretString });
    const environmentVariablesOverride = [
      { name: 'TOKEN', value: 'team/connection:token', type: 'SECRETS_MANAGER' as const },
      { name: 'KEY', value: 'team/connection:key', type: 'SECRETS_MANAGER' as const },
    ];
    await account.project('masked', buildspec('echo "token $TOKEN!"', 'echo "$KEY"', 'echo hunter-two | (! cat)'));

    const build = await account.run('masked', { environmentVariablesOverride });

    expect(await account.lines(build)).toEqual(['token ***!', '***', '***', '***']);
    expect(JSON.stringify([build.phases, await account.lines(build, true)])).not.toContain('hunter-two');
    expect(JSON.stringify(account.events)).not.toContain('hunter-two');
  });

  it('fails where the secret may not be read', async () => {
    await account.call('secretsmanager', 'CreateSecret', { Name: 'other-team', SecretString: 'x' });
    const serviceRole = await account.role('logs-only', [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }]);
    const text = `{"version": "0.2", "env": {"secrets-manager": {"TOKEN": "other-team"}}, "phases": {}}`;
    await account.project('no-secret', text, { serviceRole });

    const build = await account.run('no-secret');

    expect(build.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED')).toMatchObject({
      phaseType: 'DOWNLOAD_SOURCE',
      contexts: [{ statusCode: 'SECRETS_MANAGER_ERROR', message: expect.stringContaining('AccessDenied') }],
    });
  });

  it('gives commands what they get on AWS, and nothing of this machine', async () => {
    vi.stubEnv('MACHINE_SECRET', 'must stay here');
    vi.stubEnv('AWS_PROFILE', 'must-stay-here');
    const environmentVariablesOverride = [{ name: 'OWN', value: 'of the start' }];
    await account.project('environment', buildspec('env -0 | tr "\\n\\0" " \\n"'));

    const build = await account.run('environment', { environmentVariablesOverride, sourceVersion: 'v1' });

    vi.unstubAllEnvs();
    const lines = await account.lines(build);
    const found = Object.fromEntries(lines.map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]));
    expect(found).toMatchObject({
      AWS_ENDPOINT_URL: account.aws.endpointUrl,
      AWS_REGION: 'us-east-1',
      CI: 'true',
      CODEBUILD_BUILD_ARN: build.arn,
      CODEBUILD_BUILD_ID: build.id,
      CODEBUILD_BUILD_NUMBER: '1',
      CODEBUILD_BUILD_SUCCEEDING: '1',
      CODEBUILD_INITIATOR: 'root',
      CODEBUILD_SOURCE_VERSION: 'v1',
      CODEBUILD_SRC_DIR: found.PWD,
      CODEBUILD_START_TIME: String(build.startTime?.getTime()),
      OWN: 'of the start',
    });
    expect(found.AWS_ACCESS_KEY_ID).toMatch(/^ASIA/);
    expect(found.AWS_SECRET_ACCESS_KEY).toBe('***');
    expect(Object.keys(found).filter((name) => !KNOWN.has(name))).toEqual([]);
    expect(readdirSync(tmpdir())).not.toContain(found.HOME?.split('/').at(-2));
  });
});

const KNOWN = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'CI',
  'CODEBUILD_BUILD_ARN',
  'CODEBUILD_BUILD_ID',
  'CODEBUILD_BUILD_NUMBER',
  'CODEBUILD_BUILD_SUCCEEDING',
  'CODEBUILD_BUILD_URL',
  'CODEBUILD_INITIATOR',
  'CODEBUILD_LOG_PATH',
  'CODEBUILD_RESOLVED_SOURCE_VERSION',
  'CODEBUILD_SOURCE_VERSION',
  'CODEBUILD_SRC_DIR',
  'CODEBUILD_START_TIME',
  'HOME',
  'LANG',
  'OWN',
  'PATH',
  'PWD',
  'SHLVL',
  'TMPDIR',
  '_',
]);
