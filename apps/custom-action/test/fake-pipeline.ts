import type { CodeBuildClient } from '@aws-sdk/client-codebuild';
import {
  AcknowledgeJobCommand,
  type CodePipelineClient,
  InvalidJobStateException,
  InvalidNonceException,
  PollForJobsCommand,
  PutJobFailureResultCommand,
} from '@aws-sdk/client-codepipeline';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { FakeLaneCalls } from '../../../packages/lanes/test/fake-lane-calls.ts';
import type { Ports } from '../src/ports.ts';

interface FakeJob {
  readonly id: string;
  nonce: string;
  status: 'Queued' | 'InProgress' | 'Succeeded' | 'Failed';
  readonly availableAtMs: number;
  readonly executionId: string;
  readonly configuration: Record<string, string>;
  failure?: PutJobFailureResultCommand['input']['failureDetails'];
}

const $metadata = {};

/** Jobs with CodePipeline's rules and builds with CodeBuild's idempotency, on a clock that only `sleep` moves. */
export class FakePipeline {
  readonly jobs = new Map<string, FakeJob>();
  readonly #calls = new FakeLaneCalls();
  readonly builds = this.#calls.builds;
  readonly parameters = this.#calls.parameters;
  /** The payloads that the function got. */
  readonly invocations: unknown[] = [];
  readonly lines: { readonly level: string; readonly message: string; readonly fields: object }[] = [];
  nowMs = 0;
  /** Thrown by the next calls of this name. */
  readonly faults = new Map<string, Error[]>();
  #nonces = 0;

  addJob(id: string, availableAtMs = 0, executionId = 'e', configuration: Record<string, string> = {}): FakeJob {
    const job: FakeJob = { id, nonce: '', status: 'Queued', availableAtMs, executionId, configuration };
    this.jobs.set(id, job);
    return job;
  }

  get ports(): Ports {
    const send = async (command: { readonly constructor: { readonly name: string } }) => {
      const fault = this.faults.get(command.constructor.name)?.shift();
      if (fault !== undefined) throw fault;
      return this.#answer(command);
    };
    const write =
      (level: string) =>
      (message: string, fields: object = {}) => {
        this.lines.push({ level, message, fields });
      };
    return {
      // The clients' many overloads stand for one call by command, which is all the verbs make.
      codePipeline: { send: send as CodePipelineClient['send'] },
      codeBuild: { send: send as CodeBuildClient['send'] },
      lambda: { send: send as LambdaClient['send'] },
      ssm: { send: send as SSMClient['send'] },
      log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
      sleep: async (ms) => {
        this.nowMs += ms;
      },
      random: () => 1,
      now: () => this.nowMs,
    };
  }

  #answer(command: object): object {
    if (command instanceof PollForJobsCommand) return { jobs: this.#poll(command.input.maxBatchSize ?? 1) };
    if (command instanceof InvokeCommand) {
      const { Payload } = command.input;
      if (typeof Payload !== 'string') throw new Error('the payload is no text');
      this.invocations.push(JSON.parse(Payload));
      return { StatusCode: 202 };
    }
    if (command instanceof AcknowledgeJobCommand) return this.#acknowledge(command.input);
    if (command instanceof PutJobFailureResultCommand) return this.#fail(command.input);
    return this.#calls.answer(command);
  }

  #poll(maxBatchSize: number): object[] {
    const waiting = [...this.jobs.values()].filter((job) => job.status === 'Queued' && job.availableAtMs <= this.nowMs);
    return waiting.slice(0, maxBatchSize).map((job) => {
      this.#nonces += 1;
      job.nonce = String(this.#nonces);
      const pipelineContext = { pipelineExecutionId: job.executionId };
      const actionConfiguration = { configuration: job.configuration };
      return { id: job.id, nonce: job.nonce, data: { pipelineContext, actionConfiguration } };
    });
  }

  #acknowledge({ jobId = '', nonce }: AcknowledgeJobCommand['input']): object {
    const job = this.jobs.get(jobId);
    if (job === undefined || job.nonce !== nonce || job.status !== 'Queued') {
      throw new InvalidNonceException({ message: 'taken', $metadata });
    }
    job.status = 'InProgress';
    return { status: job.status };
  }

  #fail({ jobId = '', failureDetails }: PutJobFailureResultCommand['input']): object {
    const job = this.jobs.get(jobId);
    if (job?.status !== 'InProgress') throw new InvalidJobStateException({ message: 'finished', $metadata });
    job.status = 'Failed';
    job.failure = failureDetails;
    return {};
  }
}
