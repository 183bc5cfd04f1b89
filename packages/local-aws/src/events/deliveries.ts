import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../cloud/cloud.ts';
import { ServiceError } from '../cloud/service.ts';
import type { EventEnvelope, RuleRecord, TargetRecord } from './rule-record.ts';
import { targetInput } from './target-input.ts';

/** First delay before a target is tried again, doubled each time; on AWS retries are spread over up to 24 hours. */
const RETRY_DELAY_MS = 200;
const MAX_RETRY_DELAY_MS = 5_000;
/** AWS's default is 185; a developer should not wait for that many. */
const DEFAULT_RETRIES = 5;
/** Errors that no retry can heal. */
const FINAL = /^(AccessDenied|ResourceNotFound|PipelineNotFound|QueueDoesNotExist|Validation|InvalidParameter)/;

/** How deliveries misbehave, for tests of what receives them. */
export interface EventFaults {
  /** Every event reaches its targets twice. */
  readonly duplicate?: boolean;
  /** Delay of one delivery in milliseconds; random ones reorder events. */
  readonly delayMs?: () => number;
}

/** Sends events to targets: asynchronously, at least once, with retries and dead letters. */
export class Deliveries {
  readonly #cloud: Cloud;
  readonly #faults: EventFaults;
  readonly #stopped = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(cloud: Cloud, faults: EventFaults) {
    this.#cloud = cloud;
    this.#faults = faults;
  }

  send(rule: RuleRecord, event: EventEnvelope): void {
    for (const target of rule.targets) {
      for (let copy = 0; copy < (this.#faults.duplicate === true ? 2 : 1); copy++) {
        const delivery: Promise<void> = this.#deliver(rule, target, event)
          .catch((error: unknown) => {
            if (!this.#stopped.signal.aborted) {
              process.emitWarning(`local-aws: rule ${rule.name} could not reach ${target.Arn}: ${String(error)}`);
            }
          })
          .finally(() => this.#underWay.delete(delivery));
        this.#underWay.add(delivery);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#underWay);
  }

  async #deliver(rule: RuleRecord, target: TargetRecord, event: EventEnvelope): Promise<void> {
    const { signal } = this.#stopped;
    // Even without a fault nothing is delivered within the call that put the event.
    await sleep(this.#faults.delayMs?.() ?? 1, undefined, { signal });
    const retries = target.RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_RETRIES;
    const input = await this.#input(rule, target, event);
    if (input === undefined) return;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#put(rule, target, event, input);
        return;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const isFinal = FINAL.test(error.code);
        if (isFinal || attempt >= retries) {
          await this.#deadLetter(rule, target, input, error, attempt, isFinal);
          return;
        }
      }
      await sleep(Math.min(RETRY_DELAY_MS * 2 ** attempt, MAX_RETRY_DELAY_MS), undefined, { signal });
    }
  }

  /** Undefined where the target's template made something that cannot be sent, which is a dead letter then. */
  async #input(rule: RuleRecord, target: TargetRecord, event: EventEnvelope): Promise<string | undefined> {
    try {
      return targetInput(rule, target, event);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      await this.#deadLetter(rule, target, JSON.stringify(event), error, 0, true);
      return undefined;
    }
  }

  async #put(rule: RuleRecord, target: TargetRecord, event: EventEnvelope, input: string): Promise<void> {
    const [, , service, , , resource = ''] = target.Arn.split(':');
    const asRule = this.#cloud.identities.service('events.amazonaws.com', rule.arn);
    if (service === 'lambda') {
      await this.#cloud.call(asRule, 'lambda', 'Invoke', {
        FunctionName: target.Arn,
        InvocationType: 'Event',
        Payload: Buffer.from(input),
      });
    } else if (service === 'sqs') {
      await this.#cloud.call(asRule, 'sqs', 'SendMessage', {
        QueueUrl: this.#queueUrl(target.Arn),
        MessageBody: input,
      });
    } else {
      const { principal } = await this.#cloud.identities.assumeRole(
        target.RoleArn ?? '',
        `events-${event.id}`,
        'events.amazonaws.com',
        rule.arn,
      );
      if (service === 'codebuild') {
        const projectName = resource.replace(/^project\//, '');
        await this.#cloud.call(principal, 'codebuild', 'StartBuild', { ...buildInput(target, input), projectName });
      } else {
        const request = { ...pipelineInput(target, input), name: resource, clientRequestToken: event.id };
        await this.#cloud.call(principal, 'codepipeline', 'StartPipelineExecution', request);
      }
    }
  }

  async #deadLetter(
    rule: RuleRecord,
    target: TargetRecord,
    input: string,
    error: ServiceError,
    retries: number,
    isFinal: boolean,
  ): Promise<void> {
    const queue = target.DeadLetterConfig?.Arn;
    if (queue === undefined) throw error;
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const principal = this.#cloud.identities.service('events.amazonaws.com', rule.arn);
    await this.#cloud.call(principal, 'sqs', 'SendMessage', {
      QueueUrl: this.#queueUrl(queue),
      MessageBody: input,
      MessageAttributes: {
        RULE_ARN: text(rule.arn),
        TARGET_ARN: text(target.Arn),
        ERROR_CODE: text(error.code),
        ERROR_MESSAGE: text(error.message),
        ...(!isFinal && {
          RETRY_ATTEMPTS: text(String(retries)),
          EXHAUSTED_RETRY_CONDITION: text('MaximumRetryAttempts'),
        }),
      },
    });
  }

  #queueUrl(arn: string): string {
    return `${this.#cloud.endpointUrl}/${this.#cloud.accountId}/${arn.split(':').at(-1)}`;
  }
}

/** Parameters of StartBuild, where the target has an input of its own; an event as it is overrides nothing. */
function buildInput(target: TargetRecord, input: string): object {
  return target.Input === undefined && target.InputTransformer === undefined ? {} : JSON.parse(input);
}

/** Only a target with an input of its own gives variables or revisions to the execution it starts. */
function pipelineInput(target: TargetRecord, input: string): object {
  if (target.Input === undefined && target.InputTransformer === undefined) return {};
  const { variables, sourceRevisions } = JSON.parse(input);
  return { ...(variables !== undefined && { variables }), ...(sourceRevisions !== undefined && { sourceRevisions }) };
}
