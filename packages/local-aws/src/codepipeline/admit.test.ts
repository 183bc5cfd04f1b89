import { describe, expect, it } from 'vitest';
import { admit, type Standing } from './admit.ts';

function at(id: string, sequence: number, stageIndex: number, phase: Standing['phase'] = 'waiting'): Standing {
  return { id, sequence, stageIndex, phase, waitingSince: sequence };
}

const open = () => false;

describe('admit', () => {
  const cases: [string, Parameters<typeof admit>, ReturnType<typeof admit>][] = [
    [
      'SUPERSEDED: a free stage takes the only one',
      ['SUPERSEDED', [at('a', 1, 0)], open],
      [{ kind: 'enter', id: 'a' }],
    ],
    ['SUPERSEDED: a held stage takes nobody', ['SUPERSEDED', [at('a', 1, 0, 'running'), at('b', 2, 0)], open], []],
    [
      'SUPERSEDED: the newest waiting pushes out the older, held or not',
      ['SUPERSEDED', [at('a', 1, 1, 'running'), at('b', 2, 1), at('c', 3, 1)], open],
      [{ kind: 'supersede', id: 'b', by: 'c' }],
    ],
    [
      'SUPERSEDED: a closed transition still lets newer push out older',
      ['SUPERSEDED', [at('b', 2, 1), at('c', 3, 1)], (stage) => stage === 1],
      [{ kind: 'supersede', id: 'b', by: 'c' }],
    ],
    [
      'QUEUED: the first waits no longer than the stage is held',
      ['QUEUED', [at('b', 2, 0), at('a', 1, 0)], open],
      [{ kind: 'enter', id: 'a' }],
    ],
    [
      'QUEUED: a held stage takes nobody and drops nobody',
      ['QUEUED', [at('a', 1, 0, 'running'), at('b', 2, 0), at('c', 3, 0)], open],
      [],
    ],
    [
      'QUEUED: stages are locked one by one',
      ['QUEUED', [at('a', 1, 1, 'running'), at('b', 2, 0)], open],
      [{ kind: 'enter', id: 'b' }],
    ],
    [
      'PARALLEL: everybody enters',
      ['PARALLEL', [at('a', 1, 0, 'running'), at('b', 2, 0), at('c', 3, 0)], open],
      [
        { kind: 'enter', id: 'b' },
        { kind: 'enter', id: 'c' },
      ],
    ],
    ['PARALLEL: nobody passes a closed transition', ['PARALLEL', [at('b', 2, 1)], (stage) => stage === 1], []],
  ];

  it.each(cases)('%s', (_name, input, expected) => {
    expect(admit(...input)).toEqual(expected);
  });
});
