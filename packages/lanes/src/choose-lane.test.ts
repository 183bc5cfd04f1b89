import { describe, expect, it } from 'vitest';
import { chooseLane } from './choose-lane.ts';

const AUTO = { fetchMethod: 'auto', gitLfs: false } as const;
const BOTH = { function: true, build: true };
const NOTE = { why: 'too little memory' };

describe('chooseLane', () => {
  it.each<[string, Parameters<typeof chooseLane>[0], string]>([
    ['anything', { configuration: AUTO, lanes: BOTH }, 'function: nothing'],
    ['an archive', { configuration: { ...AUTO, fetchMethod: 'archive' }, lanes: BOTH }, 'function: nothing'],
    ['a configuration that is wrong', { lanes: BOTH }, 'function: the configuration'],
    ['FetchMethod clone', { configuration: { ...AUTO, fetchMethod: 'clone' }, lanes: BOTH }, 'build: FetchMethod'],
    ['LFS contents', { configuration: { ...AUTO, gitLfs: true }, lanes: BOTH }, 'build: GitLfs'],
    ['what was handed over', { configuration: AUTO, lanes: BOTH, note: NOTE }, 'build: learnt from the last time: too'],
    ['what is wrong and was handed over', { lanes: BOTH, note: NOTE }, 'function: the configuration'],
    ['all, without a function', { configuration: AUTO, lanes: { ...BOTH, function: false } }, 'build: the stack'],
    [
      'all, without a build',
      { configuration: { fetchMethod: 'clone', gitLfs: true }, lanes: { ...BOTH, build: false }, note: NOTE },
      'function: the stack',
    ],
  ])('%s', (_, facts, expected) => {
    const { lane, why } = chooseLane(facts);

    expect(`${lane}: ${why}`).toContain(expected);
  });
});
