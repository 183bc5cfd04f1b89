import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acknowledged, dispatched, finished, isPollable, type JobRecord, requeued } from './job-state.ts';

const LEASE_MS = 10;

function newJob(over: Partial<JobRecord> = {}): JobRecord {
  return {
    id: 'j',
    nonce: '',
    actionRunId: 'r',
    executionId: 'e',
    status: 'Queued',
    visibleAt: 0,
    deadline: 1_000,
    ...over,
  };
}

describe('a job', () => {
  it('is seen from its time on', () => {
    expect(isPollable(newJob({ visibleAt: 5 }), 4, LEASE_MS)).toBe(false);
    expect(isPollable(newJob({ visibleAt: 5 }), 5, LEASE_MS)).toBe(true);
  });

  it('is handed out again after its lease, and the old nonce is refused from then on', () => {
    const first = dispatched(newJob(), 0, 'n1');
    expect(isPollable(first, 9, LEASE_MS)).toBe(false);
    expect(isPollable(first, 10, LEASE_MS)).toBe(true);

    const second = dispatched(first, 10, 'n2');

    expect(acknowledged(second, 'n1')).toBe('invalid-nonce');
    expect(acknowledged(second, 'n2')).toMatchObject({ status: 'InProgress' });
  });

  it('takes a result only in progress', () => {
    expect(finished(dispatched(newJob(), 0, 'n'), 'Succeeded')).toBe('invalid-state');
    expect(finished(newJob({ status: 'InProgress' }), 'Failed')).toMatchObject({ status: 'Failed' });
    expect(finished(newJob({ status: 'TimedOut' }), 'Failed')).toBe('invalid-state');
  });

  it('goes back to the queue at a restart unless it was acknowledged', () => {
    expect(requeued(dispatched(newJob(), 0, 'n')).status).toBe('Queued');
    expect(requeued(newJob({ status: 'InProgress' })).status).toBe('InProgress');
  });

  it('is never acknowledged by two workers, however their calls interleave', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('poll' as const), worker: fc.integer({ min: 0, max: 1 }) }),
      fc.record({ kind: fc.constant('acknowledge' as const), worker: fc.integer({ min: 0, max: 1 }) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 15 }) }),
      fc.record({ kind: fc.constant('restart' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let job = newJob();
        let now = 0;
        let nonces = 0;
        const held: (string | undefined)[] = [];
        const winners = new Set<number>();
        for (const action of steps) {
          if (action.kind === 'wait') now += action.ms;
          else if (action.kind === 'restart') job = requeued(job);
          else if (action.kind === 'poll') {
            if (!isPollable(job, now, LEASE_MS)) continue;
            nonces += 1;
            job = dispatched(job, now, `n${nonces}`);
            held[action.worker] = job.nonce;
          } else {
            const after = acknowledged(job, held[action.worker] ?? 'none');
            if (after === 'invalid-nonce') continue;
            job = after;
            winners.add(action.worker);
          }
        }
        expect(winners.size).toBeLessThanOrEqual(1);
      }),
    );
  });
});
