import { describe, expect, it } from 'vitest';
import { chooseLane } from './choose-lane.ts';

const AUTO = {
  fetchMethod: 'auto',
  outputArtifactFormat: 'CODE_ZIP',
  submodules: 'none',
  gitLfs: false,
  paths: [],
} as const;
const CLONE = { ...AUTO, outputArtifactFormat: 'FULL_CLONE' } as const;
const BOTH = { function: true, build: true };
const NOTE = { why: 'too little memory' };

describe('chooseLane', () => {
  it.each<[string, Parameters<typeof chooseLane>[0], string]>([
    ['anything', { configuration: AUTO, lanes: BOTH }, 'function: nothing'],
    ['an archive', { configuration: { ...AUTO, fetchMethod: 'archive' }, lanes: BOTH }, 'function: nothing'],
    ['a configuration that is wrong', { lanes: BOTH }, 'function: the configuration'],
    ['FetchMethod clone', { configuration: { ...AUTO, fetchMethod: 'clone' }, lanes: BOTH }, 'build: FetchMethod'],
    ['LFS contents', { configuration: { ...AUTO, gitLfs: true }, lanes: BOTH }, 'build: GitLfs'],
    ['a whole clone', { configuration: CLONE, lanes: BOTH }, 'function: nothing'],
    [
      'a clone with submodules',
      { configuration: { ...CLONE, submodules: 'direct' }, lanes: BOTH },
      'build: a clone has submodules',
    ],
    ['a clone of chosen paths', { configuration: { ...CLONE, paths: ['a'] }, lanes: BOTH }, 'build: a clone has only'],
    [
      'submodules and paths of one tree',
      { configuration: { ...AUTO, submodules: 'recursive', paths: ['a'] }, lanes: BOTH },
      'function: nothing',
    ],
    ['what was handed over', { configuration: AUTO, lanes: BOTH, note: NOTE }, 'build: learnt from the last time: too'],
    ['what is wrong and was handed over', { lanes: BOTH, note: NOTE }, 'function: the configuration'],
    ['all, without a function', { configuration: AUTO, lanes: { ...BOTH, function: false } }, 'build: the stack'],
    [
      'all, without a build',
      { configuration: { ...AUTO, fetchMethod: 'clone', gitLfs: true }, lanes: { ...BOTH, build: false }, note: NOTE },
      'function: the stack',
    ],
  ])('%s', (_, facts, expected) => {
    const { lane, why } = chooseLane(facts);

    expect(`${lane}: ${why}`).toContain(expected);
  });
});
