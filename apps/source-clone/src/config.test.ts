import { CodedError } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const SHA = 'ab'.repeat(20);
const JOB = { CODEPIPELINE_JOB_ID: 'job-1', CODEBUILD_BUILD_ID: 'clone:8f5f', AWS_REGION: 'us-east-1' };
const PUSH = {
  PUSH_REPOSITORY_PATH: 'team/app',
  PUSH_GIT_URL: 'git@git.example.com:team/app.git',
  PUSH_REF: 'refs/heads/feature/ü',
  PUSH_COMMIT: SHA,
  PUSH_DELIVERY_ID: 'd-1',
  AWS_REGION: 'us-east-1',
  OUTPUT_BUCKET: 'sources',
  CONNECTION_SECRET: 'gitsource/team',
};

/** The code and message of what is thrown. */
function refusal(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof CodedError) return `[${error.code}] ${error.message}`;
  }
  return 'accepted';
}

describe('readConfig', () => {
  it('reads a job', () => {
    expect(readConfig(JOB)).toEqual({
      kind: 'job',
      lane: 'build',
      jobId: 'job-1',
      buildId: 'clone:8f5f',
      region: 'us-east-1',
    });
  });

  it('reads where notes of lanes are, for both', () => {
    const LANE_NOTES_PATH = '/gitsource/stack/lanes';

    expect(readConfig({ ...JOB, LANE_NOTES_PATH })).toMatchObject({ laneNotesPath: LANE_NOTES_PATH });
    expect(readConfig({ ...PUSH, LANE_NOTES_PATH })).toMatchObject({ laneNotesPath: LANE_NOTES_PATH });
    expect(refusal({ ...JOB, LANE_NOTES_PATH: 'lanes/' })).toMatch(/LANE_NOTES_PATH is not of the form/);
  });

  it('reads a push, with defaults for what the project leaves out', () => {
    expect(readConfig({ ...PUSH, EXCLUDE_GIT: '', HOST_OVERRIDE: '' })).toMatchObject({
      kind: 'push',
      push: {
        repositoryPath: 'team/app',
        gitUrl: { text: PUSH.PUSH_GIT_URL },
        remote: { text: PUSH.PUSH_GIT_URL },
        ref: { kind: 'branch', text: PUSH.PUSH_REF },
        commit: SHA,
        deliveryId: 'd-1',
        key: 'team/app/feature/ü/team_app.zip',
      },
      settings: {
        outputBucket: 'sources',
        connectionSecret: 'gitsource/team',
        outputArtifactFormat: 'CODE_ZIP',
        submodules: 'none',
        gitLfs: false,
        fetchMethod: 'auto',
      },
    });
  });

  it('reads what the project says', () => {
    const project = { EXCLUDE_GIT: 'false', SUBMODULES: 'recursive', GIT_LFS: 'true' };
    expect(readConfig({ ...PUSH, ...project })).toMatchObject({
      settings: { outputArtifactFormat: 'FULL_CLONE', submodules: 'recursive', gitLfs: true },
    });
  });

  it('reads a deletion, which has no commit', () => {
    const { PUSH_COMMIT: _, ...deletion } = PUSH;
    expect(readConfig(deletion)).not.toHaveProperty('push.commit');
  });

  it.each([
    ['git@git.example.com:team/app.git', 'git.internal', 'git@git.internal:team/app.git'],
    ['ssh://me@git.example.com:2222/team/app.git', 'git.internal', 'ssh://me@git.internal:2222/team/app.git'],
    ['https://git.example.com:8443/a%20b/c.git', '10.0.0.7', 'https://10.0.0.7:8443/a%20b/c.git'],
    ['https://git.example.com/team/app.git', 'fd00::7', 'https://[fd00::7]/team/app.git'],
    ['git@git.example.com:team/app.git', 'git.internal:2222', 'ssh://git@git.internal:2222/team/app.git'],
    ['ssh://me@git.example.com:7999/team/app.git', '[fd00::7]:22', 'ssh://me@[fd00::7]:22/team/app.git'],
  ])('connects for %s to %s', (PUSH_GIT_URL, HOST_OVERRIDE, text) => {
    expect(readConfig({ ...PUSH, PUSH_GIT_URL, HOST_OVERRIDE })).toMatchObject({
      push: { gitUrl: { text: PUSH_GIT_URL }, remote: { text } },
    });
  });

  it('refuses a mix of both, and neither', () => {
    expect(refusal({ ...JOB, ...PUSH })).toMatch(/^\[runtime\/environment-invalid\].*CODEPIPELINE_JOB_ID.*PUSH_REF/);
    expect(refusal({ AWS_REGION: 'us-east-1' })).toMatch(/^\[runtime\/environment-invalid\].*neither/);
    expect(refusal({ ...JOB, PUSH_REF: 'refs/heads/main' })).toContain('PUSH_REF');
  });

  it('names everything that is missing or wrong at once', () => {
    const message = refusal({ PUSH_REF: 'refs/heads/main', OUTPUT_BUCKET: 'No Bucket', EXCLUDE_GIT: 'yes' });

    for (const name of ['PUSH_GIT_URL', 'PUSH_DELIVERY_ID', 'OUTPUT_BUCKET', 'CONNECTION_SECRET', 'EXCLUDE_GIT']) {
      expect(message).toContain(name);
    }
  });

  it.each([
    [{ PUSH_GIT_URL: 'ext::sh -c id' }, 'events/git-url-invalid'],
    [{ PUSH_GIT_URL: 'https://169.254.169.254/latest' }, 'events/git-url-invalid'],
    [{ PUSH_GIT_URL: '--upload-pack=id' }, 'events/git-url-invalid'],
    [{ PUSH_REF: 'refs/heads/--upload-pack=id' }, 'events/ref-invalid'],
    [{ PUSH_REF: 'refs/heads/a\nb' }, 'events/ref-invalid'],
    [{ PUSH_REF: `refs/heads/${'ü'.repeat(600)}` }, 'events/ref-invalid'],
    [{ PUSH_REF: 'main' }, 'lanes/push-invalid'],
    [{ PUSH_REF: 'refs/pull/7/head' }, 'lanes/push-invalid'],
    [{ PUSH_COMMIT: 'HEAD' }, 'events/commit-sha-invalid'],
    [{ PUSH_REPOSITORY_PATH: '../other' }, 'lanes/push-invalid'],
    [{ PUSH_REPOSITORY_PATH: '/team/app' }, 'lanes/push-invalid'],
    [{ PUSH_REPOSITORY_PATH: 'team\u0007/app' }, 'lanes/push-invalid'],
    [{ PUSH_DELIVERY_ID: 'a b' }, 'lanes/push-invalid'],
    [{ PUSH_DELIVERY_ID: 'x'.repeat(201) }, 'lanes/push-invalid'],
    [{ HOST_OVERRIDE: 'evil.example/x?' }, 'events/git-url-invalid'],
    [{ HOST_OVERRIDE: '169.254.170.2' }, 'events/git-url-invalid'],
    [{ HOST_OVERRIDE: '169.254.170.2:80' }, 'events/git-url-invalid'],
    [{ HOST_OVERRIDE: '-oProxyCommand=id' }, 'events/git-url-invalid'],
  ])('refuses %j', (over, code) => {
    expect(refusal({ ...PUSH, ...over })).toMatch(new RegExp(`^\\[${code}\\]`));
  });
});
