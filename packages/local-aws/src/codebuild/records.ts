import type {
  BuildPhaseType,
  Project,
  ProjectArtifacts,
  ProjectEnvironment,
  ProjectSource,
  StatusType,
} from '@aws-sdk/client-codebuild';
import type { BuildHandover } from '../codepipeline/build-handover.ts';

/** What a project says about its builds; StartBuild's overrides make another one for one build. */
export interface ProjectSettings
  extends Pick<
    Project,
    | 'description'
    | 'secondarySources'
    | 'sourceVersion'
    | 'secondarySourceVersions'
    | 'cache'
    | 'encryptionKey'
    | 'vpcConfig'
    | 'logsConfig'
    | 'concurrentBuildLimit'
    | 'tags'
  > {
  source: ProjectSource;
  artifacts: ProjectArtifacts;
  environment: ProjectEnvironment;
  serviceRole: string;
  timeoutInMinutes: number;
  /** Undefined on Lambda compute, which never queues on AWS. */
  queuedTimeoutInMinutes?: number;
}

export interface ProjectRecord {
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  lastModified: number;
  /** Number of the last build. */
  builds: number;
  settings: ProjectSettings;
}

export interface PhaseContext {
  /** `COMMAND_EXECUTION_ERROR` */
  readonly statusCode: string;
  readonly message: string;
}

export interface PhaseRecord {
  readonly phaseType: BuildPhaseType;
  readonly startTime: number;
  phaseStatus?: StatusType;
  endTime?: number;
  contexts: readonly PhaseContext[];
}

export interface BuildRecord {
  /** `project:8745a7a9-c340-456a-9166-edf953571bEX` */
  readonly id: string;
  readonly arn: string;
  readonly projectName: string;
  readonly buildNumber: number;
  readonly startTime: number;
  readonly initiator: string;
  readonly settings: ProjectSettings;
  readonly handover?: BuildHandover;
  readonly token?: { readonly value: string; readonly fingerprint: string };
  readonly logs?: { readonly groupName: string; readonly streamName: string };
  endTime?: number;
  status: StatusType;
  phases: PhaseRecord[];
  resolvedSourceVersion?: string;
  exportedVariables: { name: string; value: string }[];
  artifact?: { location: string; md5sum: string; sha256sum: string };
  /** Temporary folder, removed when the build ends. */
  scratch?: string;
}

export type TerminalStatus = Exclude<StatusType, 'IN_PROGRESS'>;
