import * as z from 'zod/mini';
import { parseEvent } from './parse-event.ts';

const LEVELS = {
  'CodePipeline Pipeline Execution State Change': 'pipeline',
  'CodePipeline Stage Execution State Change': 'stage',
  'CodePipeline Action Execution State Change': 'action',
} as const;

/** https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html */
const shape = z.object({
  source: z.literal('aws.codepipeline'),
  'detail-type': z.enum([
    'CodePipeline Pipeline Execution State Change',
    'CodePipeline Stage Execution State Change',
    'CodePipeline Action Execution State Change',
  ]),
  time: z.string(),
  region: z.string().check(z.minLength(1)),
  account: z.string().check(z.minLength(1)),
  resources: z.optional(z.array(z.string())),
  detail: z.object({
    pipeline: z.string().check(z.minLength(1)),
    'execution-id': z.string().check(z.minLength(1)),
    state: z.string(),
    // A number, in some of AWS's samples a text.
    version: z.optional(z.coerce.number()),
    stage: z.optional(z.string()),
    action: z.optional(z.string()),
    type: z.optional(z.object({ category: z.string() })),
  }),
});

/** A pipeline's execution, one of its stages or one of its actions changed its state. */
export interface CodePipelineStateEvent {
  readonly level: 'pipeline' | 'stage' | 'action';
  /** ISO 8601, as EventBridge stamped it. */
  readonly time: string;
  readonly region: string;
  readonly accountId: string;
  /** `aws`, `aws-cn`, `aws-us-gov`, `aws-eusc`. */
  readonly partition: string;
  readonly pipelineName: string;
  /** Of the pipeline's declaration that the execution runs by. */
  readonly pipelineVersion?: number;
  readonly executionId: string;
  /** `STARTED`, `SUCCEEDED`, `RESUMED`, `FAILED`, `STOPPING`, `STOPPED`, `CANCELED`, `SUPERSEDED`; AWS may add more. */
  readonly state: string;
  readonly stageName?: string;
  readonly actionName?: string;
  /** `Source`, `Build`, … */
  readonly actionCategory?: string;
}

/** Reads an EventBridge event of any of the three levels. Throws `events/event-invalid`. */
export function parseCodePipelineStateEvent(event: unknown): CodePipelineStateEvent {
  const {
    account,
    detail,
    region,
    resources = [],
    time,
    ...rest
  } = parseEvent(shape, 'CodePipeline state event', event);
  const [, partition = 'aws'] = /^arn:([^:]+):codepipeline:/.exec(resources[0] ?? '') ?? [];
  const { action, pipeline, stage, state, type, version } = detail;
  return {
    level: LEVELS[rest['detail-type']],
    time,
    region,
    accountId: account,
    partition,
    pipelineName: pipeline,
    executionId: detail['execution-id'],
    state,
    ...(version !== undefined && Number.isInteger(version) && { pipelineVersion: version }),
    ...(stage !== undefined && { stageName: stage }),
    ...(action !== undefined && { actionName: action }),
    ...(type !== undefined && { actionCategory: type.category }),
  };
}
