import * as z from 'zod/mini';
import { parseEvent } from './parse-event.ts';

/**
 * `CodePipeline Action Execution State Change`; fields this project does not use are let through unread.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
 */
const shape = z.object({
  source: z.literal('aws.codepipeline'),
  'detail-type': z.literal('CodePipeline Action Execution State Change'),
  time: z.string(),
  region: z.string(),
  account: z.string(),
  detail: z.object({
    pipeline: z.string().check(z.minLength(1)),
    'execution-id': z.string().check(z.minLength(1)),
    stage: z.string(),
    action: z.string(),
    state: z.string(),
    type: z.object({ owner: z.string(), category: z.string(), provider: z.string(), version: z.coerce.string() }),
  }),
});

/** An action of a pipeline started, succeeded, failed, was cancelled or abandoned. */
export interface CodePipelineActionEvent {
  /** ISO 8601, as EventBridge stamped it. */
  readonly time: string;
  readonly region: string;
  readonly accountId: string;
  readonly pipelineName: string;
  readonly executionId: string;
  readonly stageName: string;
  readonly actionName: string;
  /** `STARTED`, `SUCCEEDED`, `FAILED`, `CANCELED`, `ABANDONED`; AWS may add more. */
  readonly state: string;
  readonly actionType: {
    readonly owner: string;
    readonly category: string;
    readonly provider: string;
    readonly version: string;
  };
}

/** Reads an EventBridge event of one action. Throws `events/event-invalid`. */
export function parseCodePipelineActionEvent(event: unknown): CodePipelineActionEvent {
  const { time, region, account, detail } = parseEvent(shape, 'CodePipeline action event', event);
  return {
    time,
    region,
    accountId: account,
    pipelineName: detail.pipeline,
    executionId: detail['execution-id'],
    stageName: detail.stage,
    actionName: detail.action,
    state: detail.state,
    actionType: detail.type,
  };
}
