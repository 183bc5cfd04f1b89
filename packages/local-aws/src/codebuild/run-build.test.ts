import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    await account.project(
      'simple',
      buildspec(
        'mkdir sub && cd sub',
        'export A=1',
        'B=2',
        'echo "$(basename "$PWD") $A $B"',
        'printf no-newline',
        'echo err >&2',
      ),
    );

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
    });
    expect(await account.lines(build)).toEqual(['sub 1 2', 'no-newline', 'err']);
  });
});
