import { randomUUID } from 'node:crypto';
import type { PutApprovalResultCommandInput, PutApprovalResultOutput } from '@aws-sdk/client-codepipeline';
import { ServiceError } from '../cloud/service.ts';
import { pipelineArn } from './arns.ts';
import type { Runner } from './engine-contract.ts';
import { type Api, actionRunsOf, allow, operation, pipelineNamed } from './operation.ts';
import type { Context } from './store.ts';

/** Waits for PutApprovalResult with the token that GetPipelineState shows. */
export function approvalRunner(context: Context): Runner {
  return (_execution, run) => {
    run.token ??= randomUUID();
    context.store.actionRuns.set(run.id, run);
  };
}

export function approvalOperations(api: Api) {
  return {
    PutApprovalResult: operation(
      (input: PutApprovalResultCommandInput) =>
        allow(
          'PutApprovalResult',
          pipelineArn(api.cloud, input.pipelineName ?? '', input.stageName ?? '', input.actionName ?? ''),
        ),
      (input, call): PutApprovalResultOutput => answer(api, input, call.principal.arn),
    ),
  };
}

function answer(api: Api, input: PutApprovalResultCommandInput, updatedBy: string): PutApprovalResultOutput {
  const pipeline = pipelineNamed(api, input.pipelineName).declaration;
  const stage = pipeline.stages.find((candidate) => candidate.name === input.stageName);
  if (stage === undefined) throw new ServiceError('StageNotFoundException', `There is no stage '${input.stageName}'.`);
  if (
    !stage.actions.some((action) => action.name === input.actionName && action.actionTypeId.category === 'Approval')
  ) {
    throw new ServiceError('ActionNotFoundException', `There is no approval action '${input.actionName}'.`);
  }
  const run = actionRunsOf(api, pipeline.name).find((candidate) => candidate.token === input.token);
  if (run === undefined || run.stageName !== input.stageName || run.actionName !== input.actionName) {
    throw new ServiceError('InvalidApprovalTokenException', 'The token is not that of an approval of this action.');
  }
  if (run.status !== 'InProgress') {
    throw new ServiceError('ApprovalAlreadyCompletedException', `The approval is already ${run.status}.`);
  }
  const summary = input.result?.summary ?? '';
  if (input.result?.status === 'Approved') {
    api.engine.finish(run.id, { status: 'Succeeded', summary, updatedBy });
  } else {
    const error = { code: 'JobFailed', message: `Rejected: ${summary}` };
    api.engine.finish(run.id, { status: 'Failed', summary, updatedBy, error });
  }
  return { approvedAt: new Date(api.cloud.now()) };
}
