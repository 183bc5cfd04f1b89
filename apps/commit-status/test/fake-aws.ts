import {
  type ActionDeclaration,
  type ActionExecutionDetail,
  type CodePipelineClient,
  GetPipelineCommand,
  GetPipelineExecutionCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  ListTagsForResourceCommand,
  type PipelineExecutionStatus,
  PipelineNotFoundException,
} from '@aws-sdk/client-codepipeline';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, ListSecretsCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Status, StatusRequest } from '@gitsource/providers/statuses';
import type { Ports } from '../src/ports.ts';

export interface FakeRun {
  readonly executionId: string;
  status: PipelineExecutionStatus;
  /** By source action. */
  readonly revisions: Map<string, { revisionId: string; revisionUrl?: string; revisionSummary?: string }>;
  readonly variables: Readonly<Record<string, string>>;
  readonly isRollback?: boolean;
  stopReason?: string;
  readonly startTime: Date;
  lastUpdateTime: Date;
  actions: ActionExecutionDetail[];
}

export interface FakePipeline {
  readonly sources: readonly ActionDeclaration[];
  readonly variables: readonly string[];
  /** Oldest first. */
  readonly runs: FakeRun[];
}

/** CodePipeline, S3, Secrets Manager and a queue, as far as the function asks them, and one provider's statuses. */
export class FakeAws {
  readonly pipelines = new Map<string, FakePipeline>();
  readonly secrets = new Map<string, string>();
  /** Metadata by `bucket/key@version`. */
  readonly objects = new Map<string, Record<string, string>>();
  readonly tags = new Map<string, Record<string, string>>();
  readonly deadLetters: Record<string, unknown>[] = [];
  readonly lines: { readonly level: string; readonly message: string; readonly fields: object }[] = [];
  /** Names of the calls to AWS. */
  readonly calls: string[] = [];
  /** Everything that was published, oldest first. */
  readonly published: StatusRequest[] = [];
  /** Thrown by the next calls of this name; `publish` is the provider's. */
  readonly faults = new Map<string, Error[]>();
  readonly slept: number[] = [];
  nowMs = Date.parse('2026-01-31T10:00:00Z');
  showsRunning = false;
  /** Before and after the effect of each call, where a scheduler may let others go first. */
  pace: (label: string) => Promise<void> = async () => {};

  /** A pipeline with a source of each declaration, and a stage Build. */
  addPipeline(name: string, sources: readonly ActionDeclaration[], variables: readonly string[] = []): FakePipeline {
    const pipeline = { sources, variables, runs: [] };
    this.pipelines.set(name, pipeline);
    return pipeline;
  }

  addRun(pipelineName: string, executionId: string, more: Partial<FakeRun> = {}): FakeRun {
    this.nowMs += 1;
    const now = new Date(this.nowMs);
    const run: FakeRun = {
      executionId,
      status: 'InProgress',
      revisions: new Map(),
      variables: {},
      startTime: now,
      lastUpdateTime: now,
      actions: [],
      ...more,
    };
    this.#pipeline(pipelineName).runs.push(run);
    return run;
  }

  /** What a commit shows now, by context. */
  shown(sha: string): Record<string, Pick<StatusRequest, 'state' | 'description' | 'targetUrl'>> {
    const ofCommit = this.published.filter((request) => request.sha === sha);
    return Object.fromEntries(
      ofCommit.map(({ context, description, state, targetUrl }) => [context, { state, description, targetUrl }]),
    );
  }

  get ports(): Ports {
    const send = (command: object) => this.#call(command.constructor.name, () => this.#answer(command));
    const write =
      (level: string) =>
      (message: string, fields: object = {}) => {
        this.lines.push({ level, message, fields });
      };
    const status: Status = {
      showsRunning: () => this.showsRunning,
      publish: (request) =>
        this.#call('publish', () => {
          this.published.push(request);
          return 'published' as const;
        }),
    };
    return {
      // The clients' many overloads stand for one call by command, which is all the verbs make.
      codePipeline: { send: send as CodePipelineClient['send'] },
      s3: { send: send as S3Client['send'] },
      secretsManager: { send: send as SecretsManagerClient['send'] },
      sqs: { send: send as SQSClient['send'] },
      findStatus: async (provider) => (provider === 'generic' ? undefined : status),
      log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
      now: () => this.nowMs,
      sleep: async (ms) => {
        this.slept.push(ms);
        await this.pace('sleep');
      },
    };
  }

  async #call<T>(name: string, effect: () => T): Promise<T> {
    await this.pace(`${name} sent`);
    if (name !== 'publish') this.calls.push(name);
    const fault = this.faults.get(name)?.shift();
    if (fault !== undefined && !('isLost' in fault)) throw fault;
    const answer = effect();
    await this.pace(`${name} answered`);
    // The effect was there, the answer was not.
    if (fault !== undefined) throw fault;
    return answer;
  }

  #answer(command: object): object {
    if (command instanceof GetPipelineCommand) return this.#getPipeline(command.input.name);
    if (command instanceof ListPipelineExecutionsCommand) {
      const { maxResults = 100, nextToken = '0', pipelineName } = command.input;
      const all = this.#pipeline(pipelineName).runs.toReversed().map(toSummary);
      const end = Number(nextToken) + maxResults;
      return {
        pipelineExecutionSummaries: all.slice(Number(nextToken), end),
        ...(end < all.length && { nextToken: String(end) }),
      };
    }
    if (command instanceof GetPipelineExecutionCommand) {
      const run = this.#run(command.input.pipelineName, command.input.pipelineExecutionId);
      const variables = Object.entries(run.variables).map(([name, resolvedValue]) => ({ name, resolvedValue }));
      return { pipelineExecution: { executionType: run.isRollback ? 'ROLLBACK' : 'STANDARD', variables } };
    }
    if (command instanceof ListActionExecutionsCommand) {
      const { filter, pipelineName } = command.input;
      return { actionExecutionDetails: this.#run(pipelineName, filter?.pipelineExecutionId).actions };
    }
    if (command instanceof ListTagsForResourceCommand) {
      const tags = this.tags.get(command.input.resourceArn ?? '') ?? {};
      return { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
    }
    if (command instanceof HeadObjectCommand) {
      const { Bucket, Key, VersionId } = command.input;
      const Metadata = this.objects.get(`${Bucket}/${Key}@${VersionId}`);
      if (Metadata === undefined) throw Object.assign(new Error('gone'), { $metadata: { httpStatusCode: 404 } });
      return { Metadata };
    }
    return this.#answerOther(command);
  }

  #answerOther(command: object): object {
    if (command instanceof ListSecretsCommand) {
      const prefix = command.input.Filters?.[0]?.Values?.[0] ?? '';
      const names = [...this.secrets.keys()].filter((name) => name.startsWith(prefix));
      return {
        SecretList: names.map((Name) => ({
          Name,
          SecretVersionsToStages: { [`version of ${this.secrets.get(Name)}`]: ['AWSCURRENT'] },
        })),
      };
    }
    if (command instanceof GetSecretValueCommand) {
      return { SecretString: this.secrets.get(command.input.SecretId ?? '') };
    }
    if (command instanceof SendMessageCommand) {
      this.deadLetters.push(JSON.parse(command.input.MessageBody ?? ''));
      return {};
    }
    throw new Error(`unexpected call ${command.constructor.name}`);
  }

  #getPipeline(name: string | undefined): object {
    const { sources, variables } = this.#pipeline(name);
    const build = { name: 'Build', actionTypeId: { category: 'Build', owner: 'AWS', provider: 'CodeBuild' } };
    return {
      pipeline: {
        variables: variables.map((variable) => ({ name: variable })),
        stages: [
          { name: 'Source', actions: sources },
          { name: 'Build', actions: [build] },
        ],
      },
    };
  }

  #run(pipelineName: string | undefined, executionId: string | undefined): FakeRun {
    const run = this.#pipeline(pipelineName).runs.find((candidate) => candidate.executionId === executionId);
    if (run === undefined) throw new Error(`no execution ${executionId}`);
    return run;
  }

  #pipeline(name: string | undefined): FakePipeline {
    const pipeline = this.pipelines.get(name ?? '');
    if (pipeline === undefined) throw new PipelineNotFoundException({ message: `no ${name}`, $metadata: {} });
    return pipeline;
  }
}

function toSummary(run: FakeRun): object {
  const { executionId, isRollback, lastUpdateTime, revisions, startTime, status, stopReason } = run;
  return {
    pipelineExecutionId: executionId,
    status,
    startTime,
    lastUpdateTime,
    executionType: isRollback === true ? 'ROLLBACK' : 'STANDARD',
    sourceRevisions: [...revisions].map(([actionName, revision]) => ({ actionName, ...revision })),
    ...(stopReason !== undefined && { stopTrigger: { reason: stopReason } }),
  };
}

/** A source action of the custom type. */
export function customSource(name: string, gitUrl: string, branch = 'main'): ActionDeclaration {
  return {
    name,
    actionTypeId: { category: 'Source', owner: 'Custom', provider: 'Git', version: '1' },
    configuration: { GitUrl: gitUrl, Branch: branch },
  };
}

/** As a client of the SDK rejects: with a name and the metadata of the response. */
export function awsError(name: string, httpStatusCode = 400): Error {
  return Object.assign(new Error('AWS says no'), { name, $metadata: { httpStatusCode } });
}
