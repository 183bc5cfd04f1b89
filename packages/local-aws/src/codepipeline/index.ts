import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { actionRevisionOperations } from './action-revision.ts';
import { actionTypeOperations } from './action-type-operations.ts';
import { approvalOperations } from './approval.ts';
import { createEngine } from './engine.ts';
import { executionOperations } from './execution-operations.ts';
import { jobOperations } from './job-operations.ts';
import { defaultTimes, type EngineTimes } from './limits.ts';
import type { Api } from './operation.ts';
import { pipelineOperations } from './pipeline-operations.ts';
import { resume } from './resume.ts';
import { runnerOf } from './runners.ts';
import { stateOperations } from './state-operations.ts';
import { type Context, openStore } from './store.ts';
import { tagOperations } from './tag-operations.ts';
import { createTimers } from './timers.ts';
import { changeOperations } from './triggers/report-change.ts';
import { webhookOperations } from './webhook-operations.ts';
import { webhookRoute } from './webhook-route.ts';

/** CodePipeline: its API and the engine behind it. `times` are for tests; the defaults are in `limits.ts`. */
export function createCodePipeline(cloud: Cloud, times: Partial<EngineTimes> = {}): Service {
  const timers = createTimers();
  const context: Context = { cloud, store: openStore(cloud), times: { ...defaultTimes, ...times }, timers };
  const engine = createEngine(context, (run, to) => runnerOf(context, to, run));
  const api: Api = { ...context, engine };
  return {
    name: 'codepipeline',
    operations: {
      ...actionTypeOperations(api),
      ...pipelineOperations(api),
      ...executionOperations(api),
      ...stateOperations(api),
      ...jobOperations(api),
      ...approvalOperations(api),
      ...actionRevisionOperations(api),
      ...webhookOperations(api),
      ...tagOperations(api),
    },
    internal: changeOperations(api),
    httpRoutes: [webhookRoute(api)],
    start: async () => resume(api),
    stop: async () => timers.stop(),
  };
}
