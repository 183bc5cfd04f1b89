import { randomUUID } from 'node:crypto';
import { abandonRuns, finishRun, type Outcome } from './action-runs.ts';
import { admit } from './admit.ts';
import { emitPipeline, emitStage } from './emit-events.ts';
import type { Engine, Runner, StartRequest } from './engine-contract.ts';
import { planStage } from './plan-stage.ts';
import type { ActionRunRecord, ExecutionRecord, ExecutionStatus, PipelineRecord, StageRun } from './records.ts';
import { startRun } from './start-run.ts';
import { type Context, executionsOf } from './store.ts';

export function createEngine(context: Context, runnerOf: (run: ActionRunRecord, engine: Engine) => Runner): Engine {
  const { store, cloud } = context;
  const engine: Engine = { start, advance, finish, stop, retry, drop };

  function start(pipeline: PipelineRecord, request: StartRequest): ExecutionRecord {
    pipeline.sequence += 1;
    store.pipelines.set(pipeline.declaration.name, pipeline);
    const execution = newExecution(pipeline, request, cloud.now());
    store.executions.set(execution.id, execution);
    emitPipeline(context, execution, 'STARTED');
    advance(execution.pipelineName);
    return execution;
  }

  function advance(pipelineName: string): void {
    const pipeline = store.pipelines.get(pipelineName);
    if (pipeline === undefined) return;
    const open = executionsOf(store, pipelineName).filter((e) => e.phase !== 'ended');
    const standings = open.map((e) => ({
      ...e,
      phase: e.phase === 'running' ? ('running' as const) : ('waiting' as const),
    }));
    const isClosed = (index: number): boolean => {
      const name = pipeline.declaration.stages[index]?.name;
      return name !== undefined && pipeline.closedTransitions[name] !== undefined;
    };
    for (const admission of admit(pipeline.declaration.executionMode ?? 'SUPERSEDED', standings, isClosed)) {
      const execution = open.find((e) => e.id === admission.id);
      if (execution === undefined) continue;
      if (admission.kind === 'enter') enter(execution);
      else {
        execution.statusSummary = `Superseded by execution ${admission.by}`;
        end(execution, 'Superseded');
      }
    }
  }

  function enter(execution: ExecutionRecord): void {
    const stage = execution.declaration.stages[execution.stageIndex];
    if (stage === undefined) return;
    execution.phase = 'running';
    execution.stages.push({ name: stage.name, status: 'InProgress', actions: {} });
    save(execution);
    emitStage(context, execution, stage.name, 'STARTED');
    progress(execution);
  }

  function progress(execution: ExecutionRecord): void {
    const stage = execution.declaration.stages[execution.stageIndex];
    const stageRun = execution.stages.at(-1);
    if (stage === undefined || stageRun === undefined || execution.phase !== 'running') return;
    const statusOf = (name: string) => store.actionRuns.get(stageRun.actions[name] ?? '')?.status;
    const plan = planStage(stage.actions, statusOf, execution.stop !== undefined);
    if (plan.kind === 'start') {
      for (const action of plan.actions)
        startRun(context, execution, stageRun, action, engine, (run) => runnerOf(run, engine));
    } else if (plan.kind !== 'wait') leave(execution, stageRun, plan.kind);
  }

  function leave(execution: ExecutionRecord, stageRun: StageRun, kind: 'succeeded' | 'failed' | 'stopped'): void {
    stageRun.status = kind === 'succeeded' ? 'Succeeded' : kind === 'failed' ? 'Failed' : 'Stopped';
    emitStage(
      context,
      execution,
      stageRun.name,
      kind === 'succeeded' ? 'SUCCEEDED' : kind === 'failed' ? 'FAILED' : 'STOPPED',
    );
    if (kind === 'failed') end(execution, 'Failed');
    else if (kind === 'stopped') end(execution, 'Stopped');
    else if (execution.stageIndex + 1 >= execution.declaration.stages.length) end(execution, 'Succeeded');
    else {
      execution.stageIndex += 1;
      execution.phase = 'waiting';
      execution.waitingSince = cloud.now();
      save(execution);
    }
    advance(execution.pipelineName);
  }

  function finish(runId: string, outcome: Outcome): void {
    const execution = finishRun(context, runId, outcome);
    if (execution !== undefined) progress(execution);
  }

  function stop(execution: ExecutionRecord, abandon: boolean, reason: string | undefined): void {
    execution.stop = { abandon, ...(reason === undefined ? {} : { reason }) };
    const stageRun = execution.stages.at(-1);
    if (execution.phase === 'waiting' || stageRun === undefined) {
      end(execution, 'Stopped');
    } else {
      execution.status = 'Stopping';
      stageRun.status = 'Stopping';
      save(execution);
      emitPipeline(context, execution, 'STOPPING');
      emitStage(context, execution, stageRun.name, 'STOPPING');
      if (abandon) abandonRuns(context, execution, stageRun);
      progress(execution);
    }
    advance(execution.pipelineName);
  }

  function retry(execution: ExecutionRecord, failedOnly: boolean): void {
    const last = execution.stages.at(-1);
    if (last === undefined) return;
    const kept = failedOnly
      ? Object.entries(last.actions).filter(([, id]) => store.actionRuns.get(id)?.status === 'Succeeded')
      : [];
    execution.attempt += 1;
    execution.status = 'InProgress';
    execution.phase = 'running';
    delete execution.stop;
    delete execution.statusSummary;
    execution.stages.push({ name: last.name, status: 'InProgress', actions: Object.fromEntries(kept) });
    save(execution);
    emitPipeline(context, execution, 'RESUMED');
    emitStage(context, execution, last.name, 'RESUMED');
    progress(execution);
  }

  function drop(pipelineName: string): void {
    for (const execution of executionsOf(store, pipelineName)) {
      const stageRun = execution.stages.at(-1);
      if (execution.phase === 'running' && stageRun !== undefined) abandonRuns(context, execution, stageRun);
      if (execution.phase !== 'ended') end(execution, 'Cancelled');
      forget(context, execution);
    }
  }

  function end(execution: ExecutionRecord, status: Exclude<ExecutionStatus, 'InProgress' | 'Stopping'>): void {
    execution.phase = 'ended';
    execution.status = status;
    save(execution);
    const states = {
      Succeeded: 'SUCCEEDED',
      Failed: 'FAILED',
      Stopped: 'STOPPED',
      Superseded: 'SUPERSEDED',
      Cancelled: 'CANCELED',
    } as const;
    emitPipeline(context, execution, states[status]);
  }

  function save(execution: ExecutionRecord): void {
    execution.lastUpdateTime = cloud.now();
    store.executions.set(execution.id, execution);
  }

  return engine;
}

/** A new pipeline of the same name has no history; late results of the old one find no job. */
function forget({ store }: Context, execution: ExecutionRecord): void {
  for (const [id, job] of store.jobs.entries()) if (job.executionId === execution.id) store.jobs.delete(id);
  for (const [id, run] of store.actionRuns.entries()) if (run.executionId === execution.id) store.actionRuns.delete(id);
  store.executions.delete(execution.id);
}

function newExecution(pipeline: PipelineRecord, request: StartRequest, now: number): ExecutionRecord {
  const { declaration } = pipeline;
  const defaults = (declaration.variables ?? []).flatMap((v) =>
    v.defaultValue === undefined ? [] : [[v.name, v.defaultValue]],
  );
  return {
    id: randomUUID(),
    pipelineName: declaration.name,
    pipelineVersion: declaration.version ?? 1,
    sequence: pipeline.sequence,
    mode: declaration.executionMode ?? 'SUPERSEDED',
    declaration,
    status: 'InProgress',
    phase: 'waiting',
    stageIndex: 0,
    waitingSince: now,
    trigger: request.trigger,
    variables: { ...Object.fromEntries(defaults), ...request.variables },
    overrides: request.overrides ?? {},
    startTime: now,
    lastUpdateTime: now,
    attempt: 1,
    artifacts: {},
    revisions: {},
    namespaces: {},
    stages: [],
    ...(request.clientRequestToken === undefined ? {} : { clientRequestToken: request.clientRequestToken }),
  };
}
