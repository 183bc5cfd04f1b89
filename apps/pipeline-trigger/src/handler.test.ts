import { beforeEach, describe, expect, it } from 'vitest';
import { FakeAws } from '../test/fake-aws.ts';
import { gitEvent, SECOND } from '../test/git-event.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const CONFIG = readConfig({ DEAD_LETTER_QUEUE_URL: 'https://sqs.example/123456789012/dead-letters' });
const EVENT = gitEvent({ deliveryId: 'delivery-1' });
const INPUT = { pipelineName: 'app', pathIncludes: ['src/*'], pathExcludes: [], event: EVENT };

let aws: FakeAws;
let handle: (input: unknown) => Promise<void>;
beforeEach(() => {
  aws = new FakeAws();
  handle = createHandler(aws.ports, CONFIG);
});

describe('a start', () => {
  it.each<[string, readonly string[] | undefined, object]>([
    ['both variables', ['SourceCommit', 'SourceRef'], { SourceCommit: SECOND, SourceRef: 'refs/heads/main' }],
    ['one of them and others', ['Branch', 'SourceCommit'], { SourceCommit: SECOND }],
    ['the ref alone', ['SourceRef'], { SourceRef: 'refs/heads/main' }],
    ['none', [], {}],
    ['none, of type V1', undefined, {}],
  ])('gives a pipeline what it declares: %s', async (_name, declared, given) => {
    const { executions } = aws.addPipeline('app', declared);

    await handle(INPUT);

    expect([...executions.values()]).toEqual([given]);
  });

  it('logs who, what and which execution, once', async () => {
    aws.addPipeline('app', []);

    await handle(INPUT);

    expect(aws.lines).toEqual([
      {
        level: 'info',
        message: 'pipeline started',
        fields: {
          deliveryId: 'delivery-1',
          repository: 'group/app',
          ref: 'refs/heads/main',
          pipelineName: 'app',
          outcome: 'started',
          executionId: 'execution-0',
        },
      },
    ]);
  });

  it('happens once for an event that comes again, and again for another delivery, ref, commit or pipeline', async () => {
    const app = aws.addPipeline('app', ['SourceRef']);
    const other = aws.addPipeline('other', []);

    for (let n = 0; n < 5; n++) await handle(INPUT);
    await handle({ ...INPUT, event: { ...EVENT, deliveryId: 'delivery-2' } });
    await handle({ ...INPUT, event: { ...EVENT, ref: 'refs/tags/v1' } });
    await handle({ ...INPUT, event: { ...EVENT, after: 'c'.repeat(40) } });
    await handle({ ...INPUT, pipelineName: 'other' });

    expect(app.executions.size).toBe(4);
    expect(other.executions.size).toBe(1);
    for (const token of app.executions.keys()) expect(token).toMatch(/^[0-9a-f]{64}$/);
  });

  it('keeps delivery and ref apart, whatever they hold', async () => {
    const app = aws.addPipeline('app', []);

    await handle({ ...INPUT, event: { ...EVENT, deliveryId: 'a', ref: 'refs/heads/b' } });
    await handle({ ...INPUT, event: { ...EVENT, deliveryId: 'arefs/heads/', ref: 'refs/heads/b' } });
    await handle({ ...INPUT, event: { ...EVENT, deliveryId: 'a","refs/heads/b', ref: 'refs/heads/b' } });

    expect(app.executions.size).toBe(3);
  });

  it('is skipped with its reason', async () => {
    const app = aws.addPipeline('app', []);

    await handle({ ...INPUT, event: { ...EVENT, skipCi: true } });
    await handle({ ...INPUT, event: { ...EVENT, changedPaths: ['docs/a'] } });

    expect(app.executions.size).toBe(0);
    expect(aws.lines).toMatchObject([
      { level: 'info', fields: { outcome: 'skipped', reason: 'skip-ci', deliveryId: 'delivery-1' } },
      { level: 'info', fields: { outcome: 'skipped', reason: 'paths' } },
    ]);
    expect(aws.deadLetters).toEqual([]);
  });
});

describe('a failure that may pass', () => {
  it.each([
    ['StartPipelineExecutionCommand', 'ConflictException', 400, 'pipeline-trigger/pipeline-busy'],
    [
      'StartPipelineExecutionCommand',
      'ConcurrentPipelineExecutionsLimitExceededException',
      400,
      'pipeline-trigger/pipeline-busy',
    ],
    ['StartPipelineExecutionCommand', 'ThrottlingException', 400, 'pipeline-trigger/aws-unavailable'],
    ['GetPipelineCommand', 'ThrottlingException', 400, 'pipeline-trigger/aws-unavailable'],
    ['GetPipelineCommand', 'InternalFailure', 500, 'pipeline-trigger/aws-unavailable'],
  ])('%s %s is thrown for Lambda to try again, and then succeeds', async (command, name, status, code) => {
    const app = aws.addPipeline('app', []);
    aws.failNext(command, name, status);

    await expect(handle(INPUT)).rejects.toMatchObject({ code, retryable: true });
    expect(aws.lines).toMatchObject([{ level: 'warn', fields: { outcome: 'retry', deliveryId: 'delivery-1' } }]);

    await handle(INPUT);

    expect(app.executions.size).toBe(1);
    expect(aws.deadLetters).toEqual([]);
  });

  it('may be the network', async () => {
    aws.addPipeline('app', []);
    aws.faults.set('GetPipelineCommand', [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })]);

    await expect(handle(INPUT)).rejects.toMatchObject({ code: 'pipeline-trigger/aws-unavailable' });
  });

  it('may be a bug: it is thrown too, as it is', async () => {
    aws.addPipeline('app', []);
    aws.faults.set('GetPipelineCommand', [new TypeError('oops')]);

    await expect(handle(INPUT)).rejects.toThrow(TypeError);
    expect(aws.deadLetters).toEqual([]);
    expect(aws.lines).toMatchObject([{ level: 'error', fields: { outcome: 'retry' } }]);
  });
});

describe('a failure for good', () => {
  it.each([
    ['GetPipelineCommand', 'AccessDeniedException', 'pipeline-trigger/access-denied', /codepipeline:GetPipeline on it/],
    [
      'StartPipelineExecutionCommand',
      'AccessDeniedException',
      'pipeline-trigger/access-denied',
      /StartPipelineExecution/,
    ],
    ['StartPipelineExecutionCommand', 'ValidationException', 'pipeline-trigger/start-refused', /AWS says no/],
    [
      'StartPipelineExecutionCommand',
      'PipelineNotFoundException',
      'pipeline-trigger/pipeline-missing',
      /no pipeline app/,
    ],
  ])('%s %s goes to the queue with its reason, and the invocation ends well', async (command, name, code, message) => {
    aws.addPipeline('app', []);
    aws.failNext(command, name);

    await handle(INPUT);

    expect(aws.deadLetters).toEqual([{ code, message: expect.stringMatching(message), ...INPUT }]);
    expect(aws.lines).toMatchObject([
      { level: 'warn', fields: { outcome: 'dead-letter', error: { code }, deliveryId: 'delivery-1' } },
    ]);
  });

  it('leaves a letter that is an input again after the repair', async () => {
    await handle(INPUT);
    const app = aws.addPipeline('app', []);
    await handle(aws.deadLetters[0]);

    expect(aws.deadLetters).toHaveLength(1);
    expect(app.executions.size).toBe(1);
  });

  it('may be the input itself', async () => {
    await handle({ ...INPUT, event: { ...EVENT, ref: 'main' } });
    await handle({ ...INPUT, pathInclude: 1 });
    await handle('{}');
    // No text can be made of that.
    await handle({ pipelineName: { toString: 1, valueOf: 1 } });

    expect(aws.deadLetters).toMatchObject([
      { code: 'events/event-invalid', message: expect.stringContaining('ref: '), pipelineName: 'app' },
      { code: 'pipeline-trigger/input-invalid', pipelineName: 'app', event: { deliveryId: 'delivery-1' } },
      { code: 'pipeline-trigger/input-invalid' },
      { code: 'pipeline-trigger/input-invalid', message: expect.stringContaining('pipelineName: ') },
    ]);
    expect(aws.lines).toMatchObject([
      { level: 'warn', fields: { outcome: 'dead-letter', deliveryId: 'delivery-1', pipelineName: 'app', ref: 'main' } },
      { level: 'warn', fields: { outcome: 'dead-letter', deliveryId: 'delivery-1', pipelineName: 'app' } },
      { level: 'warn', fields: { outcome: 'dead-letter' } },
      { level: 'warn', fields: { outcome: 'dead-letter' } },
    ]);
  });

  it('loses its paths, then the rest, where the event is too long for the queue', async () => {
    const changedPaths = Array.from({ length: 3000 }, (_, n) => `src/${n}/${'é'.repeat(50)}`);
    await handle({ ...INPUT, event: { ...EVENT, changedPaths } });
    await handle({ ...INPUT, event: { ...EVENT, refName: 'x'.repeat(300_000) } });

    expect(aws.deadLetters).toEqual([
      {
        ...INPUT,
        code: 'pipeline-trigger/pipeline-missing',
        message: expect.any(String),
        event: { ...EVENT, changedPaths: [], changedPathsComplete: false },
      },
      { code: 'pipeline-trigger/pipeline-missing', message: expect.any(String), pipelineName: 'app' },
    ]);
  });

  it('is thrown with its reason where the queue takes nothing', async () => {
    aws.failNext('SendMessageCommand', 'AccessDenied', 403);

    await expect(handle(INPUT)).rejects.toMatchObject({
      code: 'runtime/dead-letter-failed',
      retryable: true,
      message: expect.stringContaining('pipeline-trigger/pipeline-missing'),
    });
    expect(aws.lines).toMatchObject([{ level: 'warn', fields: { outcome: 'retry', deliveryId: 'delivery-1' } }]);
  });
});
