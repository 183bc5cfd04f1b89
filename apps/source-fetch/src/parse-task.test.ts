import { readPushSettings } from '@gitsource/lanes';
import { describe, expect, it } from 'vitest';
import { parseTask } from './parse-task.ts';

const SETTINGS = readPushSettings({ OUTPUT_BUCKET: 'sources', CONNECTION_SECRET: 'gitsource/team' });
const SHA = 'a'.repeat(40);
const PUSH = {
  schemaVersion: 1,
  deliveryId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  connection: 'team',
  provider: 'gitea',
  repository: {
    host: 'git.example.com',
    path: 'group/sub/project',
    name: 'project',
    sshUrl: 'ssh://git@git.example.com/group/sub/project.git',
    httpsUrl: 'https://git.example.com/group/sub/project.git',
    webUrl: 'https://git.example.com/group/sub/project',
  },
  ref: 'refs/heads/main',
  refType: 'branch',
  refName: 'main',
  after: SHA,
  created: false,
  deleted: false,
  forced: false,
  changedPaths: [],
  changedPathsComplete: true,
  skipCi: false,
};

const { after: _after, ...WITHOUT_COMMIT } = PUSH;

describe('parseTask', () => {
  it('takes a job by its ID', () => {
    const jobId = '11111111-abcd-4111-8111-111111111111';

    expect(parseTask({ jobId }, undefined)).toEqual({ kind: 'job', jobId });
  });

  it('takes a push from its event', () => {
    expect(parseTask({ source: 'gitsource', detail: PUSH }, SETTINGS)).toMatchObject({
      kind: 'push',
      settings: SETTINGS,
      push: { repositoryPath: 'group/sub/project', ref: { text: 'refs/heads/main' }, commit: SHA },
    });
  });

  it.each([
    ['text', 'job-1', /it is no object/],
    ['null', null, /it is no object/],
    ['nothing', {}, /neither a jobId nor the detail/],
    ['a number for an ID', { jobId: 7 }, /its jobId is not/],
    ['a path for an ID', { jobId: '../x' }, /its jobId is not/],
    ['an empty ID', { jobId: '' }, /its jobId is not/],
    ['a deleted ref', { detail: { ...WITHOUT_COMMIT, deleted: true } }, /its ref was deleted/],
  ])('refuses %s', (_, input, message) => {
    const parse = () => parseTask(input, SETTINGS);

    expect(parse).toThrow(expect.objectContaining({ code: 'source-fetch/input-invalid' }));
    expect(parse).toThrow(message);
  });

  it('refuses a push where it has no bucket for one, and an event that is none', () => {
    expect(() => parseTask({ detail: PUSH }, undefined)).toThrow(/OUTPUT_BUCKET/);
    expect(() => parseTask({ detail: { schemaVersion: 1 } }, SETTINGS)).toThrow(
      expect.objectContaining({ code: 'events/event-invalid' }),
    );
  });
});
