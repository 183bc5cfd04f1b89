import type { Cloud } from '../cloud/cloud.ts';
import type { ActionTypeId } from './declaration.ts';

/** Resource parts: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html */
export function pipelineArn(cloud: Cloud, ...path: readonly string[]): string {
  return `arn:${cloud.partition}:codepipeline:${cloud.region}:${cloud.accountId}:${path.join('/')}`;
}

export function actionTypeArn(cloud: Cloud, id: ActionTypeId): string {
  return pipelineArn(cloud, `actiontype:${id.owner}`, id.category, id.provider, id.version);
}

export function webhookArn(cloud: Cloud, name: string): string {
  return pipelineArn(cloud, `webhook:${name}`);
}
