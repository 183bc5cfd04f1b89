import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Cloud } from '../cloud/cloud.ts';
import type { AwsCredentials, Principal } from '../cloud/principal.ts';
import { nodeProgram } from '../files/node-program.ts';
import { FunctionLog } from './function-log.ts';
import type { FunctionRecord } from './function-record.ts';
import { writeRapidClient } from './rapid-client.ts';
import { type RuntimeAnswer, RuntimeApi } from './runtime-api.ts';

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
  readonly principal: Principal;
  #isDead = false;
  readonly #died: Promise<string>;

  private constructor(
    record: FunctionRecord,
    api: RuntimeApi,
    log: FunctionLog,
    child: ChildProcess,
    principal: Principal,
  ) {
    this.#record = record;
    this.#api = api;
    this.#log = log;
    this.#child = child;
    this.principal = principal;
    this.#died = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal === null ? `exit status ${code}` : `signal: ${signal}`));
    });
    void this.#died.then(() => this.#end());
    for (const stream of [child.stdout, child.stderr]) follow(stream, (line) => log.line(line));
  }

  static async start(cloud: Cloud, record: FunctionRecord): Promise<ExecutionEnvironment> {
    const { principal, credentials } = await cloud.identities.assumeRole(
      record.settings.role,
      record.name,
      'lambda.amazonaws.com',
      record.arn,
    );
    const api = await RuntimeApi.start();
    const log = new FunctionLog(cloud, principal, record.settings.logGroup);
    const folder = cloud.folder('lambda');
    const preload = writeRapidClient(folder);
    const child = spawn(nodeProgram(), ['--require', preload, runtimeClient()], {
      cwd: join(folder, record.codeFolder),
      env: environmentOf(cloud, record, credentials, api.address, join(folder, record.codeFolder), log),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ExecutionEnvironment(record, api, log, child, principal);
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  async invoke(requestId: string, payload: Buffer): Promise<InvocationResult> {
    const { timeout, memorySize } = this.#record.settings;
    const startedAt = performance.now();
    this.#log.line(`START RequestId: ${requestId} Version: $LATEST`);
    const deadlineMs = Date.now() + timeout * 1000;
    const answer = await this.#answerWithin(timeout, requestId, (id) =>
      this.#api.invoke({ requestId: id, payload, deadlineMs, functionArn: this.#record.arn }),
    );
    const durationMs = performance.now() - startedAt;
    this.#log.line(`END RequestId: ${requestId}`);
    this.#log.line(
      `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${Math.ceil(durationMs)} ms\tMemory Size: ${memorySize} MB`,
    );
    return {
      payload: answer.payload,
      ...(!answer.ok && { functionError: 'Unhandled' }),
      logTail: this.#log.takeTail(),
    };
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#died;
    await this.#log.close();
  }

  async #answerWithin(
    timeoutSeconds: number,
    requestId: string,
    run: (requestId: string) => Promise<RuntimeAnswer>,
  ): Promise<RuntimeAnswer> {
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<RuntimeAnswer>((resolve) => {
      timer = setTimeout(() => {
        const errorMessage = `${new Date().toISOString()} ${requestId} Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
        this.#log.line(errorMessage);
        this.#child.kill('SIGKILL');
        resolve(failed({ errorMessage }));
      }, timeoutSeconds * 1000);
    });
    const crashed = this.#died.then((how) => {
      const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: ${how}`;
      this.#log.line(errorMessage);
      return failed({ errorType: 'Runtime.ExitError', errorMessage });
    });
    try {
      return await Promise.race([run(requestId), timedOut, crashed]);
    } finally {
      clearTimeout(timer);
    }
  }

  #end(): void {
    this.#isDead = true;
    this.#api.close();
  }
}

function failed(error: object): RuntimeAnswer {
  return { ok: false, payload: Buffer.from(JSON.stringify(error)) };
}

function runtimeClient(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('aws-lambda-ric/package.json')), 'index.mjs');
}

function follow(stream: Readable | null, tell: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', tell);
}

/** What Lambda sets, what the function configures, and nothing of this process but PATH. */
function environmentOf(
  cloud: Cloud,
  { name, settings }: FunctionRecord,
  credentials: AwsCredentials,
  runtimeApi: string,
  taskRoot: string,
  log: FunctionLog,
): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    NODE_OPTIONS: `--max-old-space-size=${Math.floor(settings.memorySize * 0.9)}`,
    ...settings.environment,
    AWS_REGION: cloud.region,
    AWS_DEFAULT_REGION: cloud.region,
    AWS_ENDPOINT_URL: cloud.endpointUrl,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_EXECUTION_ENV: `AWS_Lambda_${settings.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memorySize),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_LOG_GROUP_NAME: log.groupName,
    AWS_LAMBDA_LOG_STREAM_NAME: log.streamName,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: taskRoot,
    _HANDLER: settings.handler,
  };
}
