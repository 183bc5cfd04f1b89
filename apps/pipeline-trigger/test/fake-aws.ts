import {
  type CodePipelineClient,
  GetPipelineCommand,
  PipelineNotFoundException,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Ports } from '../src/ports.ts';

interface FakePipeline {
  readonly variables: readonly string[] | undefined;
  /** Token → what the execution was started with. */
  readonly executions: Map<string, Readonly<Record<string, string>>>;
}

/** Pipelines with CodePipeline's idempotency, a queue, and failures to come. */
export class FakeAws {
  readonly pipelines = new Map<string, FakePipeline>();
  readonly deadLetters: Record<string, unknown>[] = [];
  readonly lines: { readonly level: string; readonly message: string; readonly fields: object }[] = [];
  /** Thrown by the next calls of this name. */
  readonly faults = new Map<string, Error[]>();

  /** `undefined` as CodePipeline answers for type V1. */
  addPipeline(name: string, variables: readonly string[] | undefined): FakePipeline {
    const pipeline: FakePipeline = { variables, executions: new Map() };
    this.pipelines.set(name, pipeline);
    return pipeline;
  }

  /** As a client of the SDK rejects: with a name and the metadata of the response. */
  failNext(command: string, name: string, httpStatusCode = 400): void {
    const error = Object.assign(new Error('AWS says no'), { name, $metadata: { httpStatusCode } });
    this.faults.set(command, [...(this.faults.get(command) ?? []), error]);
  }

  get ports(): Ports {
    const send = async (command: object) => {
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
      sqs: { send: send as SQSClient['send'] },
      log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    };
  }

  #answer(command: object): object {
    if (command instanceof GetPipelineCommand) {
      const { variables } = this.#pipeline(command.input.name);
      return { pipeline: { variables: variables?.map((name) => ({ name })) } };
    }
    if (command instanceof StartPipelineExecutionCommand) return this.#start(command.input);
    if (command instanceof SendMessageCommand) {
      this.deadLetters.push(JSON.parse(command.input.MessageBody ?? ''));
      return {};
    }
    throw new Error(`unexpected call ${command.constructor.name}`);
  }

  #start({ name, clientRequestToken = '', variables = [] }: StartPipelineExecutionCommand['input']): object {
    const pipeline = this.#pipeline(name);
    const given = Object.fromEntries(variables.map((variable) => [variable.name, variable.value ?? '']));
    const undeclared = Object.keys(given).filter((variable) => !pipeline.variables?.includes(variable));
    if (undeclared.length > 0) throw new Error(`not declared: ${undeclared.join()}`);
    if (!pipeline.executions.has(clientRequestToken)) pipeline.executions.set(clientRequestToken, given);
    return { pipelineExecutionId: `execution-${[...pipeline.executions.keys()].indexOf(clientRequestToken)}` };
  }

  #pipeline(name: string | undefined): FakePipeline {
    const pipeline = this.pipelines.get(name ?? '');
    if (pipeline === undefined) throw new PipelineNotFoundException({ message: `no ${name}`, $metadata: {} });
    return pipeline;
  }
}
