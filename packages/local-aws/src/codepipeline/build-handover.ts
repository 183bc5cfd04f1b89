import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';

/** Where one artifact of a pipeline execution lies. */
export interface HandoverArtifact {
  /** As in the pipeline, `SourceOutput`: CodeBuild names `CODEBUILD_SRC_DIR_<name>` after it. */
  readonly name: string;
  readonly bucket: string;
  /** `sample-pipeline/SourceOutp/a1B2c3D`; for an output, where the build must put its zip. */
  readonly key: string;
  readonly versionId?: string;
}

export interface HandoverVariable {
  readonly name: string;
  readonly value: string;
  readonly type: 'PLAINTEXT' | 'PARAMETER_STORE' | 'SECRETS_MANAGER';
}

/**
 * What CodePipeline tells CodeBuild when a `Build` or `Test` action starts a build. StartBuild's published shape has
 * no place for it, so it lies in the collection `codepipeline/build-handovers` under the `idempotencyToken` of that
 * StartBuild call. StartBuild and BatchGetBuilds are called as the pipeline's (or the action's) role.
 *
 * CodeBuild reads it once at StartBuild and must: take the sources from `inputArtifacts` (the build's own service role
 * reads and writes S3), put one zip per output artifact, add `environmentVariables` over the project's, set
 * `initiator` and `resolvedSourceVersion` on the build, and set CODEBUILD_INITIATOR and CODEBUILD_RESOLVED_SOURCE_VERSION.
 */
export interface BuildHandover {
  /** Never empty. */
  readonly inputArtifacts: readonly HandoverArtifact[];
  /** Name of the input that becomes CODEBUILD_SRC_DIR; with one input, that one. */
  readonly primarySource: string;
  /** May be empty. With one output the buildspec's `artifacts` is used, with more its `secondary-artifacts`. */
  readonly outputArtifacts: readonly HandoverArtifact[];
  /** Key of the artifact store: ARN, id or alias ARN. Absent: the AWS managed key. */
  readonly encryptionKey?: string;
  /** The action's `EnvironmentVariables`, with pipeline variables already resolved. */
  readonly environmentVariables: readonly HandoverVariable[];
  readonly pipelineName: string;
  readonly pipelineExecutionId: string;
  readonly actionExecutionId: string;
  /** `codepipeline/<pipeline>` */
  readonly initiator: string;
  /** Revision of the primary source, normally a full commit SHA, where the source action reported one. */
  readonly resolvedSourceVersion?: string;
}

export function buildHandovers(cloud: Cloud): Collection<BuildHandover> {
  return cloud.collection<BuildHandover>('codepipeline/build-handovers');
}
