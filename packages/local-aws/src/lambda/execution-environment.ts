import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../cloud/cloud.ts';
import { nodeProgram } from '../files/node-program.ts';
import { environmentVariables } from './environment-variables.ts';
import { FunctionLog } from './function-log.ts';
import type { FunctionRecord } from './function-record.ts';
import { writeRapidClient } from './rapid-client.ts';
import { type RuntimeAnswer, RuntimeApi } from './runtime-api.ts';

/** Loading the code is not part of a function's own time unless it takes longer than this, as on AWS. */
const MAX_INIT_MS = 10_000;
/** Well below the life of the role's credentials, which a process is given once. */
const MAX_AGE_MS = 2 * 60 * 60 * 1000;

/** The last output of a killed process is waited for so long; one that it started may hold on to it. */
const MAX_OUTPUT_MS = 200;

export interface InvocationResult {
  readonly payload: Buffer;
  /** `Unhandled`, as the header x-amz-function-error says it. */
  readonly functionError?: string;
  readonly logTail: string;
}

/** One process that runs a function's code under AWS's runtime client, one invocation after another. */
export class ExecutionEnvironment {
  readonly #api: RuntimeApi;
  readonly #log: FunctionLog;
  readonly #child: ChildProcess;
  readonly #record: FunctionRecord;
  readonly #startedAt = performance.now();
  readonly #died: Promise<string>;
  readonly #outputEnded: Promise<void>;
  #isEnding = false;

  private constructor(record: FunctionRecord, api: RuntimeApi, log: FunctionLog, child: ChildProcess) {
    this.#record = record;
    this.#api = api;
    this.#log = log;
    this.#child = child;
    this.#died = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal === null ? `exit status ${code}` : `signal: ${signal}`));
    });
    this.#outputEnded = new Promise((resolve) => child.once('close', () => resolve()));
    void this.#died.then(() => {
      this.#isEnding = true;
      api.close();
    });
    for (const stream of [child.stdout, child.stderr]) follow(stream, (line) => log.line(line));
  }

  static async start(cloud: Cloud, record: FunctionRecord): Promise<ExecutionEnvironment> {
    const { role, logGroup } = record.settings;
    const { principal, credentials } = await cloud.identities.assumeRole(
      role,
      record.name,
      'lambda.amazonaws.com',
      record.arn,
    );
    const api = await RuntimeApi.start();
    const log = new FunctionLog(cloud, principal, logGroup);
    const folder = cloud.folder('lambda');
    const taskRoot = join(folder, record.codeFolder);
    const child = spawn(nodeProgram(), ['--require', writeRapidClient(folder), runtimeClient()], {
      cwd: taskRoot,
      env: environmentVariables(cloud, record, { credentials, runtimeApi: api.address, taskRoot, log }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ExecutionEnvironment(record, api, log, child);
  }

  /** Not to be given another invocation: its process ended or is about to, or its credentials will. */
  get isSpent(): boolean {
    return this.#isEnding || performance.now() - this.#startedAt > MAX_AGE_MS;
  }

  async invoke(requestId: string, payload: Buffer): Promise<InvocationResult> {
    await this.#loaded();
    const startedAt = performance.now();
    this.#log.line(`START RequestId: ${requestId} Version: $LATEST`);
    const answer = await this.#answer(requestId, payload);
    // What the function wrote before it answered may still be on its way.
    await nextTurn();
    this.#report(requestId, performance.now() - startedAt);
    return {
      payload: answer.payload,
      ...(!answer.ok && { functionError: 'Unhandled' }),
      logTail: this.#log.takeTail(),
    };
  }

  async stop(): Promise<void> {
    this.#kill();
    await this.#died;
    await Promise.race([this.#outputEnded, sleep(MAX_OUTPUT_MS, undefined, { ref: false })]);
    await this.#log.close();
  }

  async #loaded(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, MAX_INIT_MS);
    });
    await Promise.race([this.#api.ready, this.#died, late]);
    clearTimeout(timer);
  }

  async #answer(requestId: string, payload: Buffer): Promise<RuntimeAnswer> {
    const { arn, settings } = this.#record;
    const timeoutMs = settings.timeout * 1000;
    const invocation = { requestId, payload, deadlineMs: Date.now() + timeoutMs, functionArn: arn };
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<'timeout'>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, 'timeout');
    });
    const outcome = await Promise.race([this.#api.invoke(invocation), timedOut, this.#died]);
    clearTimeout(timer);
    if (typeof outcome !== 'string') {
      // Code that did not load is loaded anew for the next invocation.
      if (this.#api.isInitFailed) this.#kill();
      return outcome;
    }
    if (outcome !== 'timeout') {
      const reason = `Runtime exited with error: ${outcome}`;
      this.#log.line(`RequestId: ${requestId} Error: ${reason}`);
      return failed('Runtime.ExitError', requestId, reason);
    }
    this.#kill();
    const reason = `Task timed out after ${settings.timeout.toFixed(2)} seconds`;
    this.#log.line(`${new Date().toISOString()} ${requestId} ${reason}`);
    return failed('Sandbox.Timedout', requestId, reason);
  }

  #report(requestId: string, durationMs: number): void {
    const { memorySize } = this.#record.settings;
    const billedMs = Math.ceil(durationMs);
    this.#log.line(`END RequestId: ${requestId}`);
    this.#log.line(
      `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${billedMs} ms\tMemory Size: ${memorySize} MB`,
    );
  }

  #kill(): void {
    this.#isEnding = true;
    this.#child.kill('SIGKILL');
  }
}

function failed(errorType: string, requestId: string, reason: string): RuntimeAnswer {
  const error = { errorType, errorMessage: `RequestId: ${requestId} Error: ${reason}` };
  return { ok: false, payload: Buffer.from(JSON.stringify(error)) };
}

function runtimeClient(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('aws-lambda-ric/package.json')), 'index.mjs');
}

function follow(stream: Readable | null, tell: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', tell);
}
