import { describe, expect, it } from 'vitest';
import { type ActionStatus, planStage } from './plan-stage.ts';

const typeId = { category: 'Build', owner: 'AWS', provider: 'CodeBuild', version: '1' } as const;
const actions = [
  { name: 'a', runOrder: 1, actionTypeId: typeId },
  { name: 'b', runOrder: 1, actionTypeId: typeId },
  { name: 'c', runOrder: 2, actionTypeId: typeId },
];

describe('planStage', () => {
  const cases: [string, Record<string, ActionStatus>, boolean, string, string[]?][] = [
    ['starts the first group together', {}, false, 'start', ['a', 'b']],
    ['waits for the whole group', { a: 'Succeeded', b: 'InProgress' }, false, 'wait'],
    ['starts the next group', { a: 'Succeeded', b: 'Succeeded' }, false, 'start', ['c']],
    ['lets the group end before it fails', { a: 'Failed', b: 'InProgress' }, false, 'wait'],
    ['fails after a failure', { a: 'Failed', b: 'Succeeded' }, false, 'failed'],
    ['succeeds when all did', { a: 'Succeeded', b: 'Succeeded', c: 'Succeeded' }, false, 'succeeded'],
    ['starts nothing when stopping', { a: 'Succeeded', b: 'Succeeded' }, true, 'stopped'],
    ['waits for what runs when stopping', { a: 'InProgress', b: 'Abandoned' }, true, 'wait'],
    ['starts again only what is missing', { a: 'Succeeded' }, false, 'start', ['b']],
  ];

  it.each(cases)('%s', (_name, statuses, stopping, kind, started) => {
    const plan = planStage(actions, (name) => statuses[name], stopping);

    expect(plan.kind).toBe(kind);
    expect(plan.kind === 'start' ? plan.actions.map((action) => action.name) : undefined).toEqual(started);
  });
});
