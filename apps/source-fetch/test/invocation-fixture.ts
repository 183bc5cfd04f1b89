import { randomUUID } from 'node:crypto';
import type { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Metric } from '@gitsource/runtime/metrics';
import { FakeLaneCalls } from '../../../packages/lanes/test/fake-lane-calls.ts';
import { JobFixture } from '../../../packages/lanes/test/job-fixture.ts';
import type { InvocationPorts } from '../src/fetch-task.ts';

/** The lane's own `otherWay` is what is tested. */
const noWay = async () => {
  throw new Error('the fixture has no way of its own');
};

/** One acknowledged job beside a real Git server and the embedded S3; builds are started once by their token, as CodeBuild does. */
export class InvocationFixture {
  readonly jobs: JobFixture;
  readonly #calls = new FakeLaneCalls();
  readonly builds = this.#calls.builds;
  readonly parameters = this.#calls.parameters;
  /** Thrown by the next calls of this name. */
  readonly faults = new Map<string, Error>();
  readonly lines: string[] = [];
  readonly metrics: Metric[] = [];
  /** Called with each line of the log. */
  onLine: (line: string) => void = () => undefined;
  limits = new AbortController();
  nowMs: number | undefined;

  private constructor(jobs: JobFixture) {
    this.jobs = jobs;
  }

  static async start(): Promise<InvocationFixture> {
    return new InvocationFixture(await JobFixture.start(noWay));
  }

  /** As for a new job. */
  reset(): void {
    this.limits = new AbortController();
    this.onLine = () => undefined;
    this.nowMs = undefined;
    this.lines.length = 0;
    this.metrics.length = 0;
    for (const map of [this.builds, this.parameters, this.faults]) map.clear();
    this.jobs.result = undefined;
    this.jobs.bucket = 'store';
    this.jobs.git.setFault(undefined);
  }

  get ports(): InvocationPorts {
    const send = async (command: object) => this.#answer(command);
    const write = (line: string) => {
      this.lines.push(line);
      this.onLine(line);
    };
    const { codePipeline, secretsManager, environment, workFolder } = this.jobs.ports;
    const { s3, sqs } = this.jobs;
    return {
      codePipeline,
      secretsManager,
      environment,
      workFolder,
      s3,
      sqs,
      // The clients' many overloads stand for one call by command, which is all the verbs make.
      codeBuild: { send: send as CodeBuildClient['send'] },
      ssm: { send: send as SSMClient['send'] },
      log: { debug: write, info: write, warn: write, error: write },
      putMetrics: (measured) => void this.metrics.push(...measured),
      now: () => this.nowMs ?? Date.now(),
      randomName: randomUUID,
      usedMemoryBytes: () => 0,
      signal: this.limits.signal,
    };
  }

  /** Keys of the artifact store. */
  async stored(): Promise<(string | undefined)[]> {
    const { Contents = [] } = await this.jobs.s3.send(new ListObjectsV2Command({ Bucket: this.jobs.bucket }));
    return Contents.map(({ Key }) => Key);
  }

  /** Keys of uploads that were neither completed nor aborted: what they hold is invisible, and paid for. */
  async unfinished(): Promise<(string | undefined)[]> {
    const { Uploads = [] } = await this.jobs.s3.send(new ListMultipartUploadsCommand({ Bucket: this.jobs.bucket }));
    return Uploads.map(({ Key }) => Key);
  }

  #answer(command: object): object {
    const fault = this.faults.get(command.constructor.name);
    if (fault !== undefined) throw fault;
    return this.#calls.answer(command);
  }

  close(): Promise<void> {
    return this.jobs.close();
  }
}
