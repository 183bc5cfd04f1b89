import { describe, expect, it } from 'vitest';
import { readClonePointer, writeClonePointer } from './clone-pointer.ts';

describe('readClonePointer', () => {
  const parts = { connectionArn: 'arn:c', fullRepositoryId: 'a/b', branchName: 'main', commitId: 'c' };

  it('reads what was written', () => {
    expect(readClonePointer(writeClonePointer(parts))).toEqual({ kind: 'CODEBUILD_CLONE_REF', ...parts });
  });

  it.each([
    'PK\u0003\u0004',
    '',
    '{',
    '{}',
    '{"kind": "other"}',
    JSON.stringify({ kind: 'CODEBUILD_CLONE_REF', ...parts, x: 1 }),
  ])('takes %j for what it is, no pointer', (text) => {
    expect(readClonePointer(Buffer.from(text))).toBeUndefined();
  });
});
