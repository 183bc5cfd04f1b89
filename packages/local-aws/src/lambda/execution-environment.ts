import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Cloud } from '../cloud/cloud.ts';
import { environmentVariables } from './environment-variables.ts';
import { FunctionLog } from './function-log.ts';
import { FunctionProcess } from './function-process.ts';
import type { FunctionRecord } from './function-record.ts';
import { type InvocationReport, reportLine } from './report-line.ts';
import { type RuntimeAnswer, RuntimeApi } from './runtime-api.ts';

/** Loading the code is not part of a function's own time unless it takes longer than this, as on AWS. */
const MAX_INIT_MS = 10_000;
/** Well below the life of the role's credentials, which a process is given once. */
const MAX_AGE_MS = 2 * 60 * 60 * 1000;
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html */
const DEFAULT_STORAGE_MB = 512;

export interface InvocationResult {
  readonly payload: Buffer;
  /** `Unhandled`, as the header x-amz-function-error says it. */
  readonly functionError?: string;
  readonly logTail: string;
}

/** An answer, or what is reported in its place; `failure` is what the REPORT line says of it. */
interface Outcome {
  readonly answer: RuntimeAnswer;
  readonly failure?: InvocationReport['failure'];
}

/** One process that runs a function's code under AWS's runtime client, one invocation after another. */
export class ExecutionEnvironment {
  readonly #api: RuntimeApi;
  readonly #log: FunctionLog;
  readonly #process: FunctionProcess;
  readonly #record: FunctionRecord;
  readonly #startedAt = performance.now();
  /** Until it was reported. */
  #initDurationMs: number | undefined;

  private constructor(record: FunctionRecord, api: RuntimeApi, log: FunctionLog, child: FunctionProcess) {
    this.#record = record;
    this.#api = api;
    this.#log = log;
    this.#process = child;
    void api.ready.then(() => {
      if (!api.isInitFailed) this.#initDurationMs = performance.now() - this.#startedAt;
    });
    void child.died.then(() => api.close());
  }

  static async start(cloud: Cloud, record: FunctionRecord): Promise<ExecutionEnvironment> {
    const { role, logGroup, memorySize, ephemeralStorageMb = DEFAULT_STORAGE_MB } = record.settings;
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
    const child = await FunctionProcess.start({
      folder,
      taskRoot,
      memorySizeMb: memorySize,
      storageMb: ephemeralStorageMb,
      environment: (scratchFolder) =>
        environmentVariables(cloud, record, { credentials, runtimeApi: api.address, taskRoot, scratchFolder, log }),
      tell: (line) => log.line(line),
    });
    return new ExecutionEnvironment(record, api, log, child);
  }

  /** Not to be given another invocation: its process ended or is about to, or its credentials will. */
  get isSpent(): boolean {
    return this.#process.isEnding || performance.now() - this.#startedAt > MAX_AGE_MS;
  }

  async invoke(requestId: string, payload: Buffer): Promise<InvocationResult> {
    this.#process.memory.start();
    await this.#loaded();
    const initDurationMs = this.#initDurationMs;
    const startedAt = performance.now();
    this.#log.line(`START RequestId: ${requestId} Version: $LATEST`);
    const { answer, failure } = await this.#outcome(requestId, payload);
    this.#process.memory.pause();
    const durationMs = failure?.status === 'timeout' ? this.#timeoutMs : performance.now() - startedAt;
    // What the function wrote before it answered may still be on its way.
    await nextTurn();
    this.#report({ requestId, durationMs, initDurationMs, ...(failure !== undefined && { failure }) });
    return {
      payload: answer.payload,
      ...(!answer.ok && { functionError: 'Unhandled' }),
      logTail: this.#log.takeTail(),
    };
  }

  async stop(): Promise<void> {
    await this.#process.end();
    await this.#log.close();
  }

  get #timeoutMs(): number {
    return this.#record.settings.timeout * 1000;
  }

  async #loaded(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, MAX_INIT_MS);
    });
    await Promise.race([this.#api.ready, this.#process.died, late]);
    clearTimeout(timer);
  }

  async #outcome(requestId: string, payload: Buffer): Promise<Outcome> {
    const { arn } = this.#record;
    const invocation = { requestId, payload, deadlineMs: Date.now() + this.#timeoutMs, functionArn: arn };
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<'timeout'>((resolve) => {
      timer = setTimeout(resolve, this.#timeoutMs, 'timeout');
    });
    const ended = await Promise.race([this.#api.invoke(invocation), timedOut, this.#process.died]);
    clearTimeout(timer);
    if (ended === 'timeout') return this.#timedOut(requestId);
    if (typeof ended === 'string') return this.#exited(requestId, ended);
    this.#process.memory.look();
    // It needed too much and answered before that was seen; AWS would have killed it in between.
    if (this.#process.memory.isExceeded) return this.#exited(requestId, await this.#process.died);
    if (!this.#api.isInitFailed) return { answer: ended };
    // Code that did not load is loaded anew for the next invocation.
    this.#process.kill();
    return { answer: ended, failure: { status: 'error', errorType: errorTypeOf(ended) } };
  }

  #timedOut(requestId: string): Outcome {
    this.#process.kill();
    const reason = `Task timed out after ${this.#record.settings.timeout.toFixed(2)} seconds`;
    this.#log.line(`${new Date().toISOString()} ${requestId} ${reason}`);
    return { answer: failed('Sandbox.Timedout', requestId, reason), failure: { status: 'timeout' } };
  }

  #exited(requestId: string, exit: string): Outcome {
    const reason = `Runtime exited with error: ${exit}`;
    this.#log.line(`RequestId: ${requestId} Error: ${reason}\nRuntime.ExitError`);
    const errorType = this.#process.memory.isExceeded ? 'Runtime.OutOfMemory' : 'Runtime.ExitError';
    return { answer: failed('Runtime.ExitError', requestId, reason), failure: { status: 'error', errorType } };
  }

  #report(report: Pick<InvocationReport, 'requestId' | 'durationMs' | 'initDurationMs' | 'failure'>): void {
    this.#initDurationMs = undefined;
    const maxMemoryUsedMb = this.#process.memory.peakMb;
    this.#log.line(`END RequestId: ${report.requestId}`);
    this.#log.line(reportLine({ ...report, memorySizeMb: this.#record.settings.memorySize, maxMemoryUsedMb }));
  }
}

function failed(errorType: string, requestId: string, reason: string): RuntimeAnswer {
  const error = { errorType, errorMessage: `RequestId: ${requestId} Error: ${reason}` };
  return { ok: false, payload: Buffer.from(JSON.stringify(error)) };
}

function errorTypeOf({ payload }: RuntimeAnswer): string {
  const { errorType = 'Runtime.Unknown' } = JSON.parse(payload.toString()) as { errorType?: string };
  return errorType;
}
