import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type ActionExecutionDetail,
  GetPipelineCommand,
  GetPipelineExecutionCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  StartPipelineExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import type { EventFaults } from '@gitsource/local-aws';
import { createClients } from '../src/create-clients.ts';
import { deployCustomAction, sampleSecret } from '../src/deploy-sample.ts';
import { deployStack } from '../src/deploy-stack.ts';
import { type Embedded, startEmbedded } from '../src/embedded.ts';

export const PROJECT_FOLDER = fileURLToPath(new URL('../../../', import.meta.url));

/** What a user has after following docs/deploy.md: the custom action deployed, secrets stored, pipelines to run. */
export interface Rehearsal extends Embedded {
  readonly sshSecret: string;
  readonly httpsSecret: string;
  putSecret(text: string): Promise<string>;
  close(): Promise<void>;
}

/** `parameters` are those of `custom-action.yaml` beside its defaults. */
export async function startRehearsal(
  eventFaults?: EventFaults,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Rehearsal> {
  const rehearsal = await startEmptyAccount(eventFaults);
  await deployCustomAction(rehearsal, PROJECT_FOLDER, parameters);
  return rehearsal;
}

/** An account with two connection secrets and nothing deployed. */
export async function startEmptyAccount(eventFaults?: EventFaults): Promise<Rehearsal> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'gitsource-rehearsal-'));
  const embedded = await startEmbedded({
    dataFolder,
    port: 0,
    createClients,
    ...(eventFaults !== undefined && { eventFaults }),
  });
  const putSecret = async (text: string) => {
    const name = `gitsource/${crypto.randomUUID()}`;
    await embedded.clients.secretsManager.send(new CreateSecretCommand({ Name: name, SecretString: text }));
    return name;
  };
  return {
    ...embedded,
    sshSecret: await putSecret(sampleSecret(embedded.git, 'ssh')),
    httpsSecret: await putSecret(sampleSecret(embedded.git, 'https')),
    putSecret,
    close: async () => {
      await embedded.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** Deploys sample-pipeline.yaml; its creation starts one execution. */
export async function createPipeline(
  rehearsal: Rehearsal,
  name: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const { outputs } = await deployStack(rehearsal.clients.cloudFormation, {
    name,
    templateFile: join(PROJECT_FOLDER, 'cloudformation', 'sample-pipeline.yaml'),
    parameters: { PipelineName: name, ...parameters },
  });
  return outputs;
}

/** Sets the source action's configuration, as everyone may who may update the pipeline. */
export async function configureSource(
  { clients }: Rehearsal,
  name: string,
  configuration: Readonly<Record<string, string>>,
): Promise<void> {
  const { pipeline } = await clients.codePipeline.send(new GetPipelineCommand({ name }));
  const [source] = pipeline?.stages?.[0]?.actions ?? [];
  if (source === undefined) throw new Error(`pipeline ${name} has no source action`);
  source.configuration = { ...configuration };
  await clients.codePipeline.send(new UpdatePipelineCommand({ pipeline }));
}

export async function startExecution({ clients }: Rehearsal, name: string, sourceCommit?: string): Promise<string> {
  const { pipelineExecutionId = '' } = await clients.codePipeline.send(
    new StartPipelineExecutionCommand({
      name,
      ...(sourceCommit !== undefined && { variables: [{ name: 'SourceCommit', value: sourceCommit }] }),
    }),
  );
  return pipelineExecutionId;
}

/** The execution that a pipeline's creation started. */
export async function creationExecution({ clients }: Rehearsal, pipelineName: string): Promise<string> {
  const { pipelineExecutionSummaries: found = [] } = await clients.codePipeline.send(
    new ListPipelineExecutionsCommand({ pipelineName }),
  );
  const creation = found.find(({ trigger }) => trigger?.triggerType === 'CreatePipeline');
  if (creation?.pipelineExecutionId === undefined)
    throw new Error(`pipeline ${pipelineName} did not start at its creation`);
  return creation.pipelineExecutionId;
}

export interface EndedExecution {
  readonly status: string | undefined;
  readonly source: ActionExecutionDetail | undefined;
  readonly build: ActionExecutionDetail | undefined;
  /** `PermissionError`, … of the source action. */
  readonly failureType: string | undefined;
  readonly failureMessage: string;
}

export async function waitForExecution(
  { clients }: Rehearsal,
  pipelineName: string,
  pipelineExecutionId: string,
): Promise<EndedExecution> {
  const { codePipeline } = clients;
  for (;;) {
    const { pipelineExecution } = await codePipeline.send(
      new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
    );
    const status = pipelineExecution?.status;
    if (status !== 'InProgress' && status !== 'Stopping') {
      const { actionExecutionDetails: actions = [] } = await codePipeline.send(
        new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId } }),
      );
      const source = actions.find((action) => action.stageName === 'Source');
      const details = source?.output?.executionResult?.errorDetails;
      return {
        status,
        source,
        build: actions.find((action) => action.stageName === 'Build'),
        failureType: details?.code,
        failureMessage: details?.message ?? '',
      };
    }
    await delay(100);
  }
}

/** Bytes of the source artifact. */
export async function readArtifact({ clients }: Rehearsal, { source }: EndedExecution): Promise<Uint8Array> {
  const location = source?.output?.outputArtifacts?.[0]?.s3location;
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: location?.bucket, Key: location?.key }));
  if (Body === undefined) throw new Error('the artifact has no body');
  return Body.transformToByteArray();
}
