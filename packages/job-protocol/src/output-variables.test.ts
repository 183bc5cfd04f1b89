import { parseCommitSha, parseGitUrl } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import { EMPTY_MESSAGE, MAX_OUTPUT_VARIABLES_BYTES } from './limits.ts';
import { OUTPUT_VARIABLE_NAMES, outputVariables } from './output-variables.ts';

const COMMIT = {
  sha: parseCommitSha('ab'.repeat(20)),
  message: 'Subject\n\nBody',
  subject: 'Subject',
  authorName: 'Ada',
  authorEmail: 'ada@example.com',
  authorDate: '2026-01-31T09:15:00+01:00',
  committerDate: '2026-01-31T09:15:00+01:00',
  treeId: 'ef'.repeat(20),
};
const SOURCE = {
  commit: COMMIT,
  gitUrl: parseGitUrl('ssh://git@git.example.com/team/app.git'),
  refName: 'refs/heads/main',
  branchName: 'main',
  artifactSha256: 'cd'.repeat(32),
};

function sizeOf(variables: object): number {
  return Object.entries(variables).reduce((sum, [name, value]) => sum + Buffer.byteLength(`${name}${value}`), 0);
}

describe('outputVariables', () => {
  it('gives every variable of the contract', () => {
    expect(Object.keys(outputVariables(SOURCE)).sort()).toEqual([...OUTPUT_VARIABLE_NAMES].sort());
    expect(outputVariables(SOURCE)).toMatchObject({
      CommitId: COMMIT.sha,
      FullRepositoryName: 'team/app',
      TreeId: COMMIT.treeId,
    });
  });

  it('leaves no variable empty, whatever the commit lacks', () => {
    const { treeId: _, ...rest } = COMMIT;
    const commit = { ...rest, message: '', subject: '', authorName: ' ', authorEmail: '' };

    expect(outputVariables({ ...SOURCE, commit }).CommitMessage).toBe(EMPTY_MESSAGE);
    expect(Object.values(outputVariables({ ...SOURCE, commit })).every((value) => value.trim() !== '')).toBe(true);
  });

  it('stays within the size of the API for any message, and shows the cut', () => {
    const commit = { ...COMMIT, message: '☃'.repeat(60_000), authorName: 'ü'.repeat(9000) };

    const variables = outputVariables({ ...SOURCE, commit });

    expect(sizeOf(variables)).toBeLessThanOrEqual(MAX_OUTPUT_VARIABLES_BYTES);
    expect(sizeOf(variables)).toBeGreaterThan(MAX_OUTPUT_VARIABLES_BYTES - 4);
    expect(variables.CommitMessage).toMatch(/^☃+…$/);
  });
});
