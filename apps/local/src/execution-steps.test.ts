import { describe, expect, it } from 'vitest';
import { executionSteps, type Observation } from './execution-steps.ts';

const SHA = '6f1c0b7d9e3a4f5b8c2d1e0f9a8b7c6d5e4f3a2b';
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 31, 9, 0, seconds));

function observation(more: Partial<Observation> = {}): Observation {
  return {
    execution: { pipelineExecutionId: 'e-1', status: 'InProgress', trigger: { triggerType: 'Webhook' } },
    startedAtMs: at(0).getTime(),
    actions: [],
    calls: [],
    sourceLog: [],
    ...more,
  };
}

const call = (action: string, seconds: number, outcome = 'ok', resource = '*') => ({
  time: at(seconds).toISOString(),
  action,
  resource,
  outcome,
});
const FUNCTION = 'arn:aws:lambda:us-east-1:111122223333:function:gitsource-source-fetch';
const PROJECT = 'arn:aws:codebuild:us-east-1:111122223333:project/gitsource-source-clone';

describe('executionSteps', () => {
  it('tells the route of a push in order, from API, call log and build log', () => {
    const steps = executionSteps(
      observation({
        calls: [
          call('StartBuild', 3, 'ok', PROJECT),
          call('AcknowledgeJob', 1, 'InvalidNonceException'),
          call('AcknowledgeJob', 2),
        ],
        sourceLog: [
          { atMs: at(4).getTime(), text: `   0.42 s  Fetched ${SHA} from refs/heads/main: Say “hi”: now (212 ms)` },
          { atMs: at(5).getTime(), text: '   0.50 s  Uploaded 1.4 MiB to s3://bucket/key (80 ms)' },
          { atMs: at(5).getTime(), text: 'anything else' },
        ],
        actions: [
          {
            actionExecutionId: 'a',
            stageName: 'Source',
            status: 'Succeeded',
            startTime: at(1),
            lastUpdateTime: at(6),
            output: { outputVariables: { CommitId: SHA, CommitMessage: 'Say “hi”: now\n\nmore' } },
          },
        ],
      }),
    );

    expect(steps.map(({ text }) => text)).toEqual([
      'webhook accepted → execution e-1',
      'Source action STARTED',
      'job acknowledged by the custom-action Lambda',
      'CodeBuild build started with the job id',
      `commit fetched: ${SHA.slice(0, 12)} of refs/heads/main`,
      'artifact uploaded: 1.4 MiB',
      `Source action SUCCEEDED: ${SHA} “Say “hi”: now”`,
    ]);
    expect(steps.every(({ ok }) => ok)).toBe(true);
  });

  it('tells what a function hands over, and not the builds of other stages', () => {
    const ofPipeline = PROJECT.replace('source-clone', 'sample-build');
    const steps = executionSteps(
      observation({
        calls: [
          call('Invoke', 1, 'ok', FUNCTION),
          call('StartBuild', 3, 'ok', PROJECT),
          call('StartBuild', 9, 'ok', ofPipeline),
        ],
        sourceLog: [
          { atMs: at(2).getTime(), text: "Handing over to a build: the function's time is nearly over" },
          { atMs: at(5).getTime(), text: `   0.42 s  Fetched ${SHA} from refs/heads/main: Subject (212 ms)` },
        ],
      }),
    );

    expect(steps.slice(1).map(({ text }) => text)).toEqual([
      'job given to the source-fetch Lambda',
      "handed over to a build: the function's time is nearly over",
      'CodeBuild build started with the job id',
      `commit fetched: ${SHA.slice(0, 12)} of refs/heads/main`,
    ]);
    expect(executionSteps(observation({ calls: [call('StartBuild', 9, 'ok', ofPipeline)] }))).toHaveLength(1);
  });

  it('tells a failure with its type; the message follows once, below', () => {
    const errorDetails = { code: 'PermissionError', message: '[git/host-key-unknown] …' };
    const [, , failed] = executionSteps(
      observation({
        actions: [
          {
            actionExecutionId: 'a',
            stageName: 'Source',
            status: 'Failed',
            startTime: at(1),
            lastUpdateTime: at(2),
            output: { executionResult: { errorDetails } },
          },
        ],
      }),
    );

    expect(failed).toMatchObject({ ok: false, text: 'Source action FAILED: PermissionError' });
  });
});
