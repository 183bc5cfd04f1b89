import type * as sdk from '@aws-sdk/client-codepipeline';

/** The SDK's shapes with the members that the API requires known to be there. */
export interface ActionTypeId {
  category: sdk.ActionCategory;
  owner: sdk.ActionOwner;
  provider: string;
  version: string;
}

export interface ActionDeclaration extends Omit<sdk.ActionDeclaration, 'name' | 'actionTypeId'> {
  name: string;
  actionTypeId: ActionTypeId;
  runOrder: number;
}

export interface StageDeclaration extends Omit<sdk.StageDeclaration, 'name' | 'actions'> {
  name: string;
  actions: ActionDeclaration[];
}

export interface PipelineDeclaration extends Omit<sdk.PipelineDeclaration, 'name' | 'roleArn' | 'stages'> {
  name: string;
  roleArn: string;
  stages: StageDeclaration[];
  version: number;
  executionMode: sdk.ExecutionMode;
  pipelineType: sdk.PipelineType;
}

/** AWS's defaults filled in; what is missing becomes empty, which the validation then names. */
export function readDeclaration(given: sdk.PipelineDeclaration, version: number): PipelineDeclaration {
  return structuredClone({
    ...given,
    name: given.name ?? '',
    roleArn: given.roleArn ?? '',
    version,
    executionMode: given.executionMode ?? 'SUPERSEDED',
    pipelineType: given.pipelineType ?? 'V1',
    stages: (given.stages ?? []).map((stage) => ({
      ...stage,
      name: stage.name ?? '',
      actions: (stage.actions ?? []).map((action) => ({
        ...action,
        name: action.name ?? '',
        runOrder: action.runOrder ?? 1,
        actionTypeId: readTypeId(action.actionTypeId),
      })),
    })),
  });
}

export function readTypeId(given: sdk.ActionTypeId | undefined): ActionTypeId {
  return {
    category: given?.category ?? 'Source',
    owner: given?.owner ?? 'Custom',
    provider: given?.provider ?? '',
    version: given?.version ?? '',
  };
}
