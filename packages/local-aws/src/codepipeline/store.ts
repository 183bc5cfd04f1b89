import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import type { PipelineDeclaration } from './declaration.ts';
import type { JobRecord } from './job-state.ts';
import type { EngineTimes } from './limits.ts';
import type { ActionRunRecord, ActionTypeRecord, ExecutionRecord, PipelineRecord, WebhookRecord } from './records.ts';
import type { Timers } from './timers.ts';

export interface Store {
  readonly pipelines: Collection<PipelineRecord>;
  /** `<pipeline>/<version>` */
  readonly declarations: Collection<PipelineDeclaration>;
  readonly actionTypes: Collection<ActionTypeRecord>;
  readonly executions: Collection<ExecutionRecord>;
  readonly actionRuns: Collection<ActionRunRecord>;
  readonly jobs: Collection<JobRecord>;
  readonly webhooks: Collection<WebhookRecord>;
}

/** What every part of the engine is given. */
export interface Context {
  readonly cloud: Cloud;
  readonly store: Store;
  readonly times: EngineTimes;
  readonly timers: Timers;
}

export function openStore(cloud: Cloud): Store {
  return {
    pipelines: cloud.collection('codepipeline/pipelines'),
    declarations: cloud.collection('codepipeline/declarations'),
    actionTypes: cloud.collection('codepipeline/action-types'),
    executions: cloud.collection('codepipeline/executions'),
    actionRuns: cloud.collection('codepipeline/action-runs'),
    jobs: cloud.collection('codepipeline/jobs'),
    webhooks: cloud.collection('codepipeline/webhooks'),
  };
}

export function executionsOf(store: Store, pipelineName: string): ExecutionRecord[] {
  return [...store.executions.values()].filter((e) => e.pipelineName === pipelineName);
}

export function jobOfRun(store: Store, actionRunId: string): JobRecord | undefined {
  return [...store.jobs.values()].filter((j) => j.actionRunId === actionRunId).at(-1);
}

/** The role that a service assumes for an action. */
export function roleOfRun(execution: ExecutionRecord, roleArn: string | undefined): string {
  return roleArn ?? execution.declaration.roleArn;
}
