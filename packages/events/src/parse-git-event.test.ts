import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from './coded-error.ts';
import type { GitEvent } from './git-event.ts';
import { parseGitEvent } from './parse-git-event.ts';

const SHA = 'a'.repeat(40);

const PUSH = {
  schemaVersion: 1,
  deliveryId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  connection: 'my-git',
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
  created: true,
  deleted: false,
  forced: false,
  changedPaths: ['src/a.ts'],
  changedPathsComplete: true,
  skipCi: false,
};

const { after: _after, ...WITHOUT_COMMIT } = PUSH;

const PULL_REQUEST = {
  number: 7,
  action: 'opened',
  sourceRef: 'refs/heads/feature',
  targetRef: 'refs/heads/main',
  headSha: SHA,
  fromFork: false,
};

const sha = fc.stringMatching(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
const event = fc.record(
  {
    schemaVersion: fc.constant(1),
    deliveryId: fc.string({ minLength: 1 }),
    connection: fc.stringMatching(/^[a-z-]{1,20}$/),
    provider: fc.constantFrom('github', 'gitlab', 'generic'),
    repository: fc.constant(PUSH.repository),
    ref: fc.constantFrom('refs/heads/main', 'refs/tags/v1', 'refs/pull/7/head', 'refs/heads/ü/ñ'),
    refType: fc.constantFrom('branch', 'tag', 'other'),
    refName: fc.string(),
    before: sha,
    after: sha,
    created: fc.boolean(),
    deleted: fc.boolean(),
    forced: fc.boolean(),
    headCommit: fc.record({
      sha,
      subject: fc.string(),
      authorName: fc.string(),
      authorEmail: fc.string(),
      committedAt: fc.constant('2026-01-31T09:15:00+01:00'),
    }),
    changedPaths: fc.array(fc.string()),
    changedPathsComplete: fc.boolean(),
    skipCi: fc.boolean(),
    pullRequest: fc.record(
      {
        number: fc.nat(),
        action: fc.constantFrom('opened', 'updated', 'closed', 'merged'),
        sourceRef: fc.string(),
        targetRef: fc.string(),
        headSha: sha,
        fromFork: fc.boolean(),
      },
      { requiredKeys: ['number', 'action', 'sourceRef', 'targetRef', 'fromFork'] },
    ),
  },
  {
    requiredKeys: [
      'schemaVersion',
      'deliveryId',
      'connection',
      'provider',
      'repository',
      'ref',
      'refType',
      'refName',
      'after',
      'created',
      'deleted',
      'forced',
      'changedPaths',
      'changedPathsComplete',
      'skipCi',
    ],
  },
);

describe('parseGitEvent', () => {
  it('gives back every event that went through JSON', () => {
    fc.assert(
      fc.property(event, (given) => {
        const read: GitEvent = parseGitEvent(JSON.parse(JSON.stringify(given)));

        expect(read).toEqual(given);
      }),
    );
  });

  it('leaves out what it does not know', () => {
    expect(parseGitEvent({ ...PUSH, later: true, pullRequest: PULL_REQUEST })).toEqual({
      ...PUSH,
      pullRequest: PULL_REQUEST,
    });
  });

  it.each([
    ['another version', { ...PUSH, schemaVersion: 2 }, /schemaVersion/],
    ['no SHA', { ...PUSH, after: 'main' }, /after: is not a full commit SHA/],
    ['a zero-length delivery ID', { ...PUSH, deliveryId: '' }, /deliveryId/],
    ['a short ref', { ...PUSH, ref: 'main' }, /ref: is not a full ref/],
    ['a ref that is an option', { ...PUSH, ref: 'refs/heads/--upload-pack=id' }, /ref: is not a full ref/],
    ['neither a commit nor a deletion', WITHOUT_COMMIT, /after: is missing/],
    ['a fractional number', { ...PUSH, pullRequest: { ...PULL_REQUEST, number: 1.5 } }, /pullRequest\.number/],
    ['several faults', { ...PUSH, ref: 1, skipCi: 'no' }, /ref: .*; skipCi: /],
  ])('refuses %s, by the name of the field', (_name, given, message) => {
    expect(() => parseGitEvent(given)).toThrow(message);
  });

  it('takes a deletion without a commit', () => {
    expect(parseGitEvent({ ...WITHOUT_COMMIT, deleted: true }).deleted).toBe(true);
  });

  it('gives an event or a coded error for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => parseGitEvent(value)).toThrow(CodedError);
      }),
    );
  });
});
