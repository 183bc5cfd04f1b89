import type {
  ActionConfigurationProperty,
  ActionTypeSettings,
  ArtifactDetails,
  ExecutionMode,
  Tag,
  TriggerType,
  WebhookDefinition,
} from '@aws-sdk/client-codepipeline';
import type { ActionTypeId, PipelineDeclaration } from './declaration.ts';

/** Everything here is plain JSON, so that a collection can keep it; times are milliseconds since the epoch. */
export interface PipelineRecord {
  /** Current version; `version` is always set. */
  declaration: PipelineDeclaration;
  /** `<name>/<version>` of `declarations` holds the earlier ones. */
  created: number;
  updated: number;
  tags: Tag[];
  /** By stage name: inbound transitions a person has closed. */
  closedTransitions: Record<string, { reason: string; at: number; by: string }>;
  /** Number of executions started so far: their order. */
  sequence: number;
}

export interface ActionTypeRecord {
  id: ActionTypeId;
  settings?: ActionTypeSettings;
  properties: ActionConfigurationProperty[];
  inputs: ArtifactDetails;
  outputs: ArtifactDetails;
  tags: Tag[];
}

export interface ArtifactPlace {
  name: string;
  bucket: string;
  key: string;
  versionId?: string;
  /** Holds a pointer that CodeBuild alone can follow, in place of the code. */
  isClonePointer?: true;
}

export interface RevisionRecord {
  actionName: string;
  revisionId: string;
  changeId?: string;
  summary?: string;
  created?: number;
  url?: string;
}

export type ExecutionStatus =
  | 'InProgress'
  | 'Succeeded'
  | 'Failed'
  | 'Stopping'
  | 'Stopped'
  | 'Superseded'
  | 'Cancelled';

export interface StageRun {
  name: string;
  status: 'InProgress' | 'Succeeded' | 'Failed' | 'Stopping' | 'Stopped';
  /** Action name → its latest action execution. */
  actions: Record<string, string>;
}

export interface SourceOverride {
  type: string;
  value: string;
  /** The branch that was pushed, where a trigger gave the commit. */
  branch?: string;
}

export interface ExecutionRecord {
  id: string;
  pipelineName: string;
  pipelineVersion: number;
  /** Order of starting, from 1. */
  sequence: number;
  mode: ExecutionMode;
  /** As it was at the start; a later UpdatePipeline does not touch it. */
  declaration: PipelineDeclaration;
  status: ExecutionStatus;
  statusSummary?: string;
  /** `waiting` before `stageIndex`, `running` inside it. */
  phase: 'waiting' | 'running' | 'ended';
  stageIndex: number;
  /** When `waiting` began, the order in which a stage is entered. */
  waitingSince: number;
  trigger: { type: TriggerType; detail: string };
  variables: Record<string, string>;
  /** Source action name → what to fetch instead of the newest. */
  overrides: Record<string, SourceOverride>;
  startTime: number;
  lastUpdateTime: number;
  /** 1, and one more with each retry. */
  attempt: number;
  artifacts: Record<string, ArtifactPlace>;
  revisions: Record<string, RevisionRecord>;
  namespaces: Record<string, Record<string, string>>;
  stop?: { abandon: boolean; reason?: string };
  stages: StageRun[];
  clientRequestToken?: string;
}

export interface ActionRunRecord {
  id: string;
  executionId: string;
  pipelineName: string;
  pipelineVersion: number;
  stageName: string;
  actionName: string;
  typeId: ActionTypeId;
  status: 'InProgress' | 'Succeeded' | 'Failed' | 'Abandoned';
  startTime: number;
  lastUpdateTime: number;
  /** Order of starting over all pipelines. */
  sequence: number;
  roleArn?: string;
  namespace?: string;
  configuration: Record<string, string>;
  resolvedConfiguration: Record<string, string>;
  inputs: ArtifactPlace[];
  outputs: ArtifactPlace[];
  outputVariables: Record<string, string>;
  summary?: string;
  externalExecutionId?: string;
  externalExecutionUrl?: string;
  percentComplete?: number;
  error?: { code: string; message: string };
  revision?: RevisionRecord;
  /** Approval's token. */
  token?: string;
  /** CodeBuild's build id, so that a restart finds it again. */
  buildId?: string;
  updatedBy?: string;
}

export interface WebhookRecord {
  definition: WebhookDefinition;
  token: string;
  tags: Tag[];
  lastTriggered?: number;
  errorCode?: string;
  errorMessage?: string;
}
