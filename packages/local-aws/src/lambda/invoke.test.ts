import { InvokeCommand, PutFunctionConcurrencyCommand, TooManyRequestsException } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LambdaAccount, payloadOf } from './test/lambda-account.ts';

const ECHO = `
console.log('loaded');
let count = 0;
export const handler = async (event, context) => {
  console.log('got', JSON.stringify(event));
  return { event, count: ++count, requestId: context.awsRequestId, leftMs: context.getRemainingTimeInMillis(), arn: context.invokedFunctionArn };
};`;

let account: LambdaAccount;

beforeAll(async () => {
  account = await LambdaAccount.start();
});

afterAll(() => account.close());

function invoke(name: string, event: unknown = {}, over: Partial<InvokeCommand['input']> = {}) {
  const Payload = Buffer.from(JSON.stringify(event));
  return account.lambda.send(new InvokeCommand({ FunctionName: name, Payload, ...over }));
}

describe('Invoke', { timeout: 60_000 }, () => {
  it('answers what the handler returns, warm the second time, and logs it', async () => {
    const arn = await account.function('echo', ECHO);

    const first = await invoke('echo', { a: 'ü' }, { LogType: 'Tail' });
    const second = await invoke(arn, { a: 2 });

    expect(first).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(first.FunctionError).toBeUndefined();
    expect(payloadOf(first)).toMatchObject({ event: { a: 'ü' }, count: 1, arn });
    expect((payloadOf(first) as { leftMs: number }).leftMs).toBeGreaterThan(10_000);
    expect(payloadOf(second)).toMatchObject({ event: { a: 2 }, count: 2 });
    const { leftMs } = payloadOf(second) as { leftMs: number };
    expect(leftMs).toBeLessThanOrEqual(20_000);
    expect(leftMs).toBeGreaterThan(18_000);
    const { requestId } = payloadOf(first) as { requestId: string };
    const tail = Buffer.from(first.LogResult ?? '', 'base64').toString();
    expect(tail).toContain(`START RequestId: ${requestId} Version: $LATEST`);
    expect(tail).toContain('got {"a":"ü"}');
    expect(tail).toMatch(
      new RegExp(`REPORT RequestId: ${requestId}\\tDuration: [\\d.]+ ms\\tBilled Duration: \\d+ ms`),
    );
    await vi.waitFor(async () => {
      const lines = (await account.logLines('/aws/lambda/echo')).join('');
      expect(lines).toContain('loaded');
      expect(lines).toContain(`END RequestId: ${requestId}`);
      expect(lines.match(/REPORT RequestId/g)).toHaveLength(2);
    }, 5000);
  });

  it('gives a function what it gets on AWS, and nothing of this machine', async () => {
    vi.stubEnv('MACHINE_SECRET', 'must stay here');
    vi.stubEnv('AWS_PROFILE', 'must-stay-here');
    await account.function(
      'environment',
      `export const handler = async () => ({ ...process.env, argv: process.execArgv, cwd: process.cwd() });`,
      { Environment: { Variables: { OWN: 'value' } }, MemorySize: 256 },
    );

    const environment = payloadOf(await invoke('environment')) as Record<string, string>;

    vi.unstubAllEnvs();
    expect(environment).toMatchObject({
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'environment',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/environment',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_ENDPOINT_URL: account.aws.endpointUrl,
      _HANDLER: 'index.handler',
      OWN: 'value',
      TZ: ':UTC',
    });
    expect(environment.AWS_ACCESS_KEY_ID).toMatch(/^ASIA/);
    expect(Object.keys(environment).filter((key) => !KNOWN_KEYS.has(key))).toEqual([]);
  });

  it('reports an error of the handler, and of the code each time it is loaded', async () => {
    await account.function('throws', `export const handler = async () => { throw new TypeError('no'); };`);
    await account.function('broken', `throw new Error('at load of ' + process.pid);`);

    const thrown = await invoke('throws');
    const broken = await invoke('broken');
    const again = await invoke('broken');

    expect(thrown).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(payloadOf(thrown)).toMatchObject({ errorType: 'TypeError', errorMessage: 'no' });
    expect(broken.FunctionError).toBe('Unhandled');
    expect(payloadOf(broken)).toMatchObject({ errorType: 'Error', errorMessage: expect.stringMatching(/^at load of/) });
    expect(payloadOf(again)).toMatchObject({ errorMessage: expect.stringMatching(/^at load of/) });
    expect(payloadOf(again)).not.toEqual(payloadOf(broken));
  });

  it('ends a function that takes too long, and starts a new one for the next event', async () => {
    await account.function(
      'slow',
      `export const handler = async ({ ms }) => { await new Promise((done) => setTimeout(done, ms)); return 'done'; };`,
      { Timeout: 1 },
    );

    const late = await invoke('slow', { ms: 5000 }, { LogType: 'Tail' });
    const next = await invoke('slow', { ms: 1 });

    expect(late.FunctionError).toBe('Unhandled');
    expect(payloadOf(late)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: [\w-]+ Error: Task timed out after 1\.00 seconds$/),
    });
    expect(reportOf(late)).toMatch(/\tDuration: 1000\.00 ms\t.*\tStatus: timeout$/);
    expect(payloadOf(next)).toBe('done');
  });

  it('reports a function whose process ends, and starts a new one for the next event', async () => {
    await account.function(
      'crash',
      `export const handler = async ({ code }) => { if (code) process.exit(code); return 'alive'; };`,
    );

    const crashed = await invoke('crash', { code: 3 });
    const next = await invoke('crash');

    expect(crashed.FunctionError).toBe('Unhandled');
    expect(payloadOf(crashed)).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('Runtime exited with error: exit status 3'),
    });
    expect(payloadOf(next)).toBe('alive');
  });

  it('runs events side by side, each environment one at a time, up to the reserved concurrency', async () => {
    await account.function(
      'parallel',
      `let busy = 0;
      export const handler = async () => {
        const others = busy++;
        await new Promise((done) => setTimeout(done, 1500));
        busy--;
        return { pid: process.pid, others };
      };`,
    );
    const limit = { FunctionName: 'parallel', ReservedConcurrentExecutions: 2 };
    await account.lambda.send(new PutFunctionConcurrencyCommand(limit));

    const outcomes = await Promise.allSettled([invoke('parallel'), invoke('parallel'), invoke('parallel')]);

    const answers = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [payloadOf(outcome.value) as { pid: number; others: number }] : [],
    );
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(2);
    expect(answers.map(({ others }) => others)).toEqual([0, 0]);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(refused).toHaveLength(1);
    expect(refused[0]).toBeInstanceOf(TooManyRequestsException);
  });

  it('answers everybody where nothing is reserved, though not all at once', async () => {
    await account.function('many', ECHO);

    const answers = await Promise.all(Array.from({ length: 25 }, (_, n) => invoke('many', n)));

    expect(answers.map((answer) => (payloadOf(answer) as { event: number }).event)).toEqual([...answers.keys()]);
  });

  it('checks a dry run without running', async () => {
    await account.function('dry', `export const handler = async () => 'ran';`);

    expect(await invoke('dry', {}, { InvocationType: 'DryRun' })).toMatchObject({ StatusCode: 204 });
    await expect(invoke('none', {}, { InvocationType: 'DryRun' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('the limits of a function', { timeout: 60_000 }, () => {
  const ALLOCATE = `
const kept = [];
export const handler = async ({ mb, answerAtOnce }) => {
  // Filled, because memory that is only reserved is not used.
  for (let n = 0; n < mb; n++) {
    kept.push(Buffer.alloc(1024 * 1024, 1));
    if (!answerAtOnce) await new Promise((done) => setImmediate(done));
  }
  return kept.length;
};`;

  it.runIf(process.platform === 'linux')('end it when it needs more memory than it has', async () => {
    await account.function('greedy', ALLOCATE, { MemorySize: 192 });

    const killed = await invoke('greedy', { mb: 400 }, { LogType: 'Tail' });
    const killedAtItsAnswer = await invoke('greedy', { mb: 200, answerAtOnce: true });
    const next = await invoke('greedy', { mb: 10 }, { LogType: 'Tail' });

    expect(killed.FunctionError).toBe('Unhandled');
    expect(payloadOf(killed)).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: [\w-]+ Error: Runtime exited with error: signal: killed$/),
    });
    expect(reportOf(killed)).toMatch(
      /\tMemory Size: 192 MB\tMax Memory Used: 192 MB\tInit Duration: [\d.]+ ms\tStatus: error\tError Type: Runtime\.OutOfMemory$/,
    );
    expect(payloadOf(killedAtItsAnswer)).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(payloadOf(next)).toBe(10);
    const [, used] = /Max Memory Used: (\d+) MB\t/.exec(reportOf(next)) ?? [];
    expect(Number(used)).toBeGreaterThan(30);
    expect(Number(used)).toBeLessThan(192);
  });

  it('are reported as AWS does, with the time that loading took the first time', async () => {
    await account.function('reported', `export const handler = async () => 'done';`, { MemorySize: 256 });

    const [cold, warm] = [
      await invoke('reported', {}, { LogType: 'Tail' }),
      await invoke('reported', {}, { LogType: 'Tail' }),
    ];

    const [, duration, billed, init] =
      /^REPORT RequestId: [\w-]+\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms\tMemory Size: 256 MB\t(?:Max Memory Used: \d+ MB\t)?Init Duration: ([\d.]+) ms\t$/.exec(
        reportOf(cold),
      ) ?? [];
    expect(Math.abs(Number(billed) - (Number(duration) + Number(init)))).toBeLessThan(1.1);
    expect(reportOf(warm)).not.toContain('Init Duration');
  });

  it('hold for its temporary folder, which is its own', async () => {
    await account.function(
      'writes',
      `import { existsSync, statfsSync, writeFileSync } from 'node:fs';
      import { tmpdir } from 'node:os';
      import { join } from 'node:path';
      export const handler = async ({ mb }) => {
        const file = join(tmpdir(), 'file');
        const wasThere = existsSync(file);
        const { type, blocks, bsize } = statfsSync(tmpdir());
        try {
          writeFileSync(file, Buffer.alloc(mb * 1024 * 1024));
          return { wasThere, isOwn: type === 0x01021994, mb: (blocks * bsize) / 1024 ** 2 };
        } catch (error) {
          return { code: error.code };
        }
      };`,
      { EphemeralStorage: { Size: 512 }, MemorySize: 1024 },
    );

    const first = payloadOf(await invoke('writes', { mb: 1 })) as { wasThere: boolean; isOwn: boolean; mb: number };
    const second = payloadOf(await invoke('writes', { mb: 1 }));

    expect(first.wasThere).toBe(false);
    expect(second).toMatchObject({ wasThere: true });
    if (!first.isOwn) return; // No right to mount here; README tells.
    expect(first.mb).toBe(512);
    expect(payloadOf(await invoke('writes', { mb: 513 }))).toEqual({ code: 'ENOSPC' });
  });
});

describe('the role of a function', { timeout: 60_000 }, () => {
  it('needs its own permission to write logs; without it the function still answers', async () => {
    const Role = await account.role('no-logs', []);
    await account.function('silent', ECHO, { Role });

    expect(payloadOf(await invoke('silent', 1))).toMatchObject({ event: 1 });

    await vi.waitFor(() => {
      const refused = account.calls().filter(({ caller, service }) => caller === 'role/no-logs' && service === 'logs');
      expect(refused).not.toHaveLength(0);
      expect(refused.every(({ outcome }) => outcome === 'AccessDeniedException')).toBe(true);
    }, 5000);
  });
});

/** The REPORT line of an invocation whose log was asked for. */
function reportOf({ LogResult = '' }: { readonly LogResult?: string | undefined }): string {
  const lines = Buffer.from(LogResult, 'base64').toString().split('\n');
  return lines.find((line) => line.startsWith('REPORT')) ?? '';
}

const KNOWN_KEYS = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_TASK_ROOT',
  'LANG',
  'NODE_OPTIONS',
  'OWN',
  'PATH',
  'TMPDIR',
  'TZ',
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'argv',
  'cwd',
]);
