import { CodedError } from '@gitsource/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { createHandler } from '../src/handler.ts';
import { customSource, FakeAws, type FakeRun } from './fake-aws.ts';
import { stateEvent } from './state-event.ts';

const SHAS = ['a'.repeat(40), 'b'.repeat(40)] as const;
const REMAINING = { getRemainingTimeInMillis: () => 60_000 };
const config = readConfig({
  SECRET_PREFIX: 'gitsource/',
  STAGE_STATUSES: 'false',
  DEAD_LETTER_QUEUE_URL: 'https://queue',
});

/** One thing that happens to an execution. */
type Step = 'fetch' | 'fail' | 'resume' | 'stop' | 'stopped' | 'supersede' | 'cancel' | 'succeed';

const STEPS = ['fetch', 'fetch', 'fail', 'resume', 'stop', 'stopped', 'supersede', 'cancel', 'succeed'] as const;

interface Life {
  readonly sha: 0 | 1;
  readonly isPinned: boolean;
  readonly isRollback: boolean;
  /** Wishes; what cannot happen in a state is left out. */
  readonly steps: readonly Step[];
}

const life: fc.Arbitrary<Life> = fc.record({
  sha: fc.constantFrom(0, 1),
  isPinned: fc.boolean(),
  isRollback: fc.constantFrom(false, false, false, true),
  steps: fc.oneof(
    fc.array(fc.constantFrom<Step>(...STEPS), { minLength: 1, maxLength: 7 }),
    // The same end twice, with something else in between.
    fc.constant<Step[]>(['fetch', 'fail', 'resume', 'fail']),
    fc.constant<Step[]>(['fetch', 'stop', 'stopped', 'resume', 'stop', 'stopped']),
  ),
});

/** Lets a step happen and gives its events; none where it cannot happen. */
function happen(aws: FakeAws, run: FakeRun, { sha }: Life, step: Step): object[] {
  const isOpen = run.status === 'InProgress';
  const isFetched = run.revisions.size > 0;
  const time = ++aws.nowMs;
  run.lastUpdateTime = new Date(time);
  const pipeline = (state: string) => [stateEvent('Pipeline', run.executionId, state, { time })];
  const end = (status: FakeRun['status'], state: string) => {
    run.status = status;
    return pipeline(state);
  };
  switch (step) {
    case 'fetch':
      if (!isOpen || isFetched) return [];
      run.revisions.set('Source', { revisionId: SHAS[sha] });
      return [stateEvent('Action', run.executionId, 'SUCCEEDED', { time, stage: 'Source', action: 'Source' })];
    case 'fail':
      return isOpen ? end('Failed', 'FAILED') : [];
    case 'resume':
      return run.status === 'Failed' || run.status === 'Stopped' ? end('InProgress', 'RESUMED') : [];
    case 'stop':
      return isOpen ? end('Stopping', 'STOPPING') : [];
    case 'stopped':
      return run.status === 'Stopping' ? end('Stopped', 'STOPPED') : [];
    case 'supersede':
      return isOpen ? end('Superseded', 'SUPERSEDED') : [];
    case 'cancel':
      return isOpen ? end('Cancelled', 'CANCELED') : [];
    case 'succeed':
      return isOpen && isFetched ? end('Succeeded', 'SUCCEEDED') : [];
  }
}

const STATES: Readonly<Record<string, string>> = {
  InProgress: 'pending',
  Stopping: 'pending',
  Succeeded: 'success',
  Failed: 'failure',
  Stopped: 'cancelled',
  Superseded: 'cancelled',
  Cancelled: 'cancelled',
};

interface LivedLife {
  readonly life: Life;
  readonly run: FakeRun;
}

/** What each commit must show in the end: the state of the newest execution that is of it. `lived`: oldest first. */
function expected(lived: readonly LivedLife[]): Record<string, object> {
  const shown: Record<string, object> = {};
  for (const { life: of, run } of lived) {
    if (of.isRollback || (!of.isPinned && run.revisions.size === 0)) continue;
    shown[SHAS[of.sha]] = {
      state: STATES[run.status],
      targetUrl: `https://eu-central-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/app/executions/${run.executionId}/visualization?region=eu-central-1`,
    };
  }
  return shown;
}

interface Plan {
  readonly lives: readonly Life[];
  /** Which execution goes on next: it starts, or takes its next step. */
  readonly turns: readonly number[];
  /** How often each event is delivered. */
  readonly copies: readonly number[];
  /** Which of the instances that are free takes an event. */
  readonly choices: readonly number[];
  /** What becomes of each publication. */
  readonly fates: readonly ('taken' | 'refused' | 'lost')[];
  readonly showsRunning: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  lives: fc.array(life, { minLength: 1, maxLength: 3 }),
  turns: fc.array(fc.nat(2), { minLength: 12, maxLength: 24 }),
  copies: fc.array(fc.constantFrom(1, 1, 2, 3), { minLength: 30, maxLength: 30 }),
  choices: fc.array(fc.nat(3), { minLength: 50, maxLength: 50 }),
  fates: fc.array(fc.constantFrom('taken', 'taken', 'taken', 'refused', 'lost'), { minLength: 12, maxLength: 12 }),
  showsRunning: fc.boolean(),
});

function unavailable(isLost: boolean): Error {
  const error = new CodedError('providers/unavailable', 'down', { fault: 'unavailable' });
  return isLost ? Object.assign(error, { isLost }) : error;
}

/** Lets executions live and delivers what they tell, all in the order that the scheduler chooses. */
async function live(scheduler: fc.Scheduler, { choices, copies, fates, lives, showsRunning, turns }: Plan) {
  const aws = new FakeAws();
  aws.showsRunning = showsRunning;
  connect(aws);
  aws.pace = (label) => scheduler.schedule(Promise.resolve(), label);
  const faults: Error[] = [];
  aws.faults.set('publish', faults);
  const instances: { busy: boolean; handle: ReturnType<typeof createHandler> }[] = [];
  const working: Promise<void>[] = [];
  let choice = 0;
  let copy = 0;
  let fate = 0;

  /** As Lambda does it: one event at a time for each instance, a failed one again after a minute. */
  async function deliver(event: object): Promise<void> {
    const free = instances.filter(({ busy }) => !busy);
    const index = choices[choice++ % choices.length] ?? 0;
    let instance = free[index];
    if (instance === undefined) {
      instance = { busy: false, handle: createHandler(aws.ports, config) };
      instances.push(instance);
    }
    instance.busy = true;
    const next = fates[fate++];
    if (next === 'refused' || next === 'lost') faults.push(unavailable(next === 'lost'));
    try {
      await instance.handle(event, REMAINING);
    } catch {
      instance.busy = false;
      aws.nowMs += 61_000;
      await scheduler.schedule(Promise.resolve(), 'retry');
      faults.length = 0;
      return deliver(event);
    } finally {
      instance.busy = false;
    }
  }

  const tell = (events: readonly object[]) => {
    for (const event of events) {
      for (let times = copies[copy++ % copies.length] ?? 1; times > 0; times--) {
        working.push(scheduler.schedule(Promise.resolve(), 'event').then(() => deliver(event)));
      }
    }
  };

  const lived: (LivedLife & { readonly steps: Step[] })[] = [];
  const goOn = (index: number) => {
    const next = lives[index];
    if (next === undefined) return;
    const executionId = `execution-${index}`;
    const known = lived.find(({ run }) => run.executionId === executionId);
    if (known === undefined) {
      const variables = { SourceCommit: next.isPinned ? SHAS[next.sha] : 'latest' };
      const run = aws.addRun('app', executionId, { variables, isRollback: next.isRollback });
      lived.push({ life: next, run, steps: [...next.steps] });
      tell([stateEvent('Pipeline', executionId, 'STARTED', { time: aws.nowMs })]);
    } else {
      const step = known.steps.shift();
      if (step !== undefined) tell(happen(aws, known.run, next, step));
    }
  };
  const history = turns.map((index) => ({ label: `execution-${index}`, builder: async () => goOn(index) }));
  await scheduler.waitFor(scheduler.scheduleSequence(history).task);
  while (working.length > 0) await scheduler.waitFor(Promise.all(working.splice(0)));
  return { aws, lived };
}

describe('the statuses of commits', () => {
  it('are those of their newest execution, in whatever order its events come, however often and however many at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), plan, async (scheduler, wanted) => {
        const { aws, lived } = await live(scheduler, wanted);

        const shown = Object.fromEntries(
          SHAS.flatMap((sha) => {
            const status = aws.shown(sha)['codepipeline/app'];
            if (status === undefined) return [];
            const state = status.state === 'running' ? 'pending' : status.state;
            return [[sha, { state, targetUrl: status.targetUrl }]];
          }),
        );
        expect(shown).toEqual(expected(lived));
        expect(aws.deadLetters).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("end the same in every order of an execution's events, each told once or twice", async () => {
    const told = ['STARTED', 'FAILED', 'RESUMED', 'SUCCEEDED'].map((state, index) => {
      return stateEvent('Pipeline', 'execution', state, { time: Date.parse('2026-01-31T10:00:00Z') + index });
    });
    const source = { time: Date.parse('2026-01-31T10:00:01Z'), stage: 'Source', action: 'Source' };
    const events = [...told, stateEvent('Action', 'execution', 'SUCCEEDED', source)];
    for (const order of permutations(events)) {
      const aws = new FakeAws();
      connect(aws);
      const variables = { SourceCommit: SHAS[0] };
      const revisions = new Map([['Source', { revisionId: SHAS[0] }]]);
      aws.addRun('app', 'execution', { status: 'Succeeded', variables, revisions });
      const handle = createHandler(aws.ports, config);

      for (const [index, event] of order.entries()) {
        await handle(event, REMAINING);
        if (index % 2 === 0) await handle(event, REMAINING);
      }

      expect(aws.shown(SHAS[0])).toMatchObject({ 'codepipeline/app': { state: 'success' } });
    }
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

function connect(aws: FakeAws): void {
  aws.secrets.set('gitsource/git', JSON.stringify({ provider: 'gitea', host: 'git.example.com', token: 'hunter2' }));
  aws.addPipeline('app', [customSource('Source', 'https://git.example.com/team/app.git')], ['SourceCommit']);
}
