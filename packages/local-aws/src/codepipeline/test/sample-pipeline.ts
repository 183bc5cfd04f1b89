import type {
  ActionDeclaration,
  CreateCustomActionTypeCommandInput,
  PipelineDeclaration,
} from '@aws-sdk/client-codepipeline';
import { ROLE_ARN } from './test-cloud.ts';

export const sourceTypeId = { category: 'Source', owner: 'Custom', provider: 'Gitsource', version: '1' } as const;

export const sourceType: CreateCustomActionTypeCommandInput = {
  category: 'Source',
  provider: 'Gitsource',
  version: '1',
  configurationProperties: [
    { name: 'GitUrl', required: true, key: true, secret: false },
    { name: 'Branch', required: true, key: true, secret: false },
    { name: 'Password', required: false, key: false, secret: true },
  ],
  settings: {
    executionUrlTemplate: 'https://git.example/{Config:Branch}/{ExternalExecutionId}',
    revisionUrlTemplate: 'https://git.example/commit/{ExternalExecutionId}',
  },
  inputArtifactDetails: { minimumCount: 0, maximumCount: 0 },
  outputArtifactDetails: { minimumCount: 1, maximumCount: 1 },
};

export function sourceAction(over: Partial<ActionDeclaration> = {}): ActionDeclaration {
  return {
    name: 'Fetch',
    actionTypeId: sourceTypeId,
    configuration: { GitUrl: 'https://git.example/a.git', Branch: '#{variables.Branch}' },
    outputArtifacts: [{ name: 'SourceOutput' }],
    namespace: 'SourceVariables',
    ...over,
  };
}

export function buildAction(over: Partial<ActionDeclaration> = {}): ActionDeclaration {
  return {
    name: 'Build',
    actionTypeId: { category: 'Build', owner: 'AWS', provider: 'CodeBuild', version: '1' },
    configuration: {
      ProjectName: 'sample',
      EnvironmentVariables: '[{"name":"COMMIT","value":"#{SourceVariables.CommitId}"}]',
    },
    inputArtifacts: [{ name: 'SourceOutput' }],
    outputArtifacts: [{ name: 'BuildOutput' }],
    namespace: 'BuildVariables',
    ...over,
  };
}

export function samplePipeline(over: Partial<PipelineDeclaration> = {}): PipelineDeclaration {
  return {
    name: 'sample-pipeline-with-a-long-name',
    roleArn: ROLE_ARN,
    pipelineType: 'V2',
    artifactStore: { type: 'S3', location: 'artifacts' },
    variables: [{ name: 'Branch', defaultValue: 'main' }],
    stages: [
      { name: 'Source', actions: [sourceAction()] },
      { name: 'Build', actions: [buildAction()] },
    ],
    ...over,
  };
}
