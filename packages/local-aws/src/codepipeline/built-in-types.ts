import type { ActionCategory, ActionConfigurationProperty, ActionOwner } from '@aws-sdk/client-codepipeline';
import type { ActionTypeRecord } from './records.ts';

/**
 * The AWS action types that run here: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference.html
 * Any other is refused when a pipeline names it.
 */
export const builtInTypes: readonly ActionTypeRecord[] = [
  builtIn(
    'Source',
    'AWS',
    'S3',
    [0, 0],
    [1, 1],
    [
      required('S3Bucket'),
      required('S3ObjectKey'),
      optional('PollForSourceChanges'),
      optional('AllowOverrideForS3ObjectKey'),
    ],
  ),
  builtIn(
    'Source',
    'AWS',
    'CodeStarSourceConnection',
    [0, 0],
    [1, 1],
    [
      required('ConnectionArn'),
      required('FullRepositoryId'),
      required('BranchName'),
      optional('OutputArtifactFormat'),
      optional('DetectChanges'),
    ],
  ),
  codeBuild('Build'),
  codeBuild('Test'),
  builtIn(
    'Approval',
    'AWS',
    'Manual',
    [0, 0],
    [0, 0],
    [optional('CustomData'), optional('ExternalEntityLink'), optional('NotificationArn')],
  ),
];

function codeBuild(category: ActionCategory): ActionTypeRecord {
  return builtIn(
    category,
    'AWS',
    'CodeBuild',
    [1, 5],
    [0, 5],
    [
      required('ProjectName'),
      optional('PrimarySource'),
      optional('EnvironmentVariables'),
      optional('BatchEnabled'),
      optional('CombineArtifacts'),
    ],
  );
}

function builtIn(
  category: ActionCategory,
  owner: ActionOwner,
  provider: string,
  inputs: readonly [number, number],
  outputs: readonly [number, number],
  properties: ActionConfigurationProperty[],
): ActionTypeRecord {
  return {
    id: { category, owner, provider, version: '1' },
    properties,
    inputs: { minimumCount: inputs[0], maximumCount: inputs[1] },
    outputs: { minimumCount: outputs[0], maximumCount: outputs[1] },
    tags: [],
  };
}

function required(name: string): ActionConfigurationProperty {
  return { name, required: true, key: true, secret: false };
}

function optional(name: string): ActionConfigurationProperty {
  return { name, required: false, key: false, secret: false };
}
