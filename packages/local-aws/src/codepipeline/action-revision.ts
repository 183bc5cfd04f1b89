import type { PutActionRevisionCommandInput, PutActionRevisionOutput } from '@aws-sdk/client-codepipeline';
import { ServiceError } from '../cloud/service.ts';
import { pipelineArn } from './arns.ts';
import { type Api, allow, operation, pipelineNamed } from './operation.ts';
import { startChecked } from './start-execution.ts';

/**
 * PutActionRevision: says whether the pipeline knows the revision already and starts an execution. The job of the
 * custom source carries no revision, on AWS as here.
 */
export function actionRevisionOperations(api: Api) {
  const seen = api.cloud.collection<string>('codepipeline/action-revisions');
  return {
    PutActionRevision: operation(
      (input: PutActionRevisionCommandInput) =>
        allow(
          'PutActionRevision',
          pipelineArn(api.cloud, input.pipelineName ?? '', input.stageName ?? '', input.actionName ?? ''),
        ),
      (input, call): PutActionRevisionOutput => {
        const pipeline = pipelineNamed(api, input.pipelineName);
        const stage = pipeline.declaration.stages.find((candidate) => candidate.name === input.stageName);
        if (stage === undefined)
          throw new ServiceError('StageNotFoundException', `There is no stage '${input.stageName}'.`);
        const action = stage.actions.find((candidate) => candidate.name === input.actionName);
        if (action?.actionTypeId.category !== 'Source') {
          throw new ServiceError(
            'ActionNotFoundException',
            `There is no source action '${input.actionName}' in stage '${stage.name}'.`,
          );
        }
        const key = [pipeline.declaration.name, stage.name, action.name].join('/');
        const revisionId = input.actionRevision?.revisionId ?? '';
        const newRevision = seen.get(key) !== revisionId;
        seen.set(key, revisionId);
        const trigger = { type: 'PutActionRevision', detail: call.principal.arn } as const;
        return { newRevision, pipelineExecutionId: startChecked(api, pipeline, { trigger }).id };
      },
    ),
  };
}
