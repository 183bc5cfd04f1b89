import { join } from 'node:path';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type DeployedStack, deployStack } from './deploy-stack.ts';
import type { Embedded } from './embedded.ts';
import type { StatusServer } from './status-server.ts';
import { CODE_PREFIX, uploadZips } from './upload-zips.ts';

export const CUSTOM_ACTION_STACK = 'gitsource-custom-action';
export const RECEIVER_STACK = 'gitsource-webhook-receiver';
export const COMMIT_STATUS_STACK = 'gitsource-commit-status';
export const SAMPLE_STACK = 'gitsource-sample';
export const PIPELINE_NAME = 'gitsource-sample';

export interface SourcePlan {
  readonly gitUrl: string;
  readonly branch: string;
  /** Text of the connection secret; absent = anonymous. */
  readonly secret?: string;
  /** The repository as webhooks name it; absent = pushes do not start the pipeline. */
  readonly repositoryPath?: string;
}

/** Uploads the zips and deploys `custom-action.yaml`, as shipped. */
export async function deployCustomAction(
  embedded: Embedded,
  projectFolder: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<DeployedStack> {
  const { aws, clients } = embedded;
  await uploadZips(clients.s3, codeBucket(aws), join(projectFolder, 'apps'));
  return deployStack(clients.cloudFormation, {
    name: CUSTOM_ACTION_STACK,
    templateFile: join(projectFolder, 'cloudformation', 'custom-action.yaml'),
    parameters: { CodeBucket: codeBucket(aws), CodePrefix: CODE_PREFIX, ...parameters },
  });
}

/** Deploys `webhook-receiver.yaml`, as shipped; its zips are uploaded with those of the custom action. */
export async function deployWebhookReceiver(
  { aws, clients }: Embedded,
  projectFolder: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<DeployedStack> {
  return deployStack(clients.cloudFormation, {
    name: RECEIVER_STACK,
    templateFile: join(projectFolder, 'cloudformation', 'webhook-receiver.yaml'),
    parameters: { CodeBucket: codeBucket(aws), CodePrefix: CODE_PREFIX, ...parameters },
  });
}

/** Deploys `commit-status.yaml`, as shipped; its zip is uploaded with those of the custom action. */
export async function deployCommitStatus(
  { aws, clients }: Embedded,
  projectFolder: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<DeployedStack> {
  return deployStack(clients.cloudFormation, {
    name: COMMIT_STATUS_STACK,
    templateFile: join(projectFolder, 'cloudformation', 'commit-status.yaml'),
    parameters: { CodeBucket: codeBucket(aws), CodePrefix: CODE_PREFIX, ...parameters },
  });
}

/** Where a connection's webhook is now: the embedded AWS may have another port than when the stack was made. */
export function webhookUrl({ aws }: Embedded, receiver: DeployedStack, connection: string): string {
  return `${aws.endpointUrl}${new URL(receiver.outputs.WebhookUrl ?? '').pathname}${connection}`;
}

function codeBucket({ accountId, region }: Embedded['aws']): string {
  return `gitsource-code-${accountId}-${region}`;
}

/** Keeps the secret and deploys `sample-pipeline.yaml`, as shipped; the pipeline starts once by being created. */
export async function deploySamplePipeline(
  embedded: Embedded,
  projectFolder: string,
  source: SourcePlan,
): Promise<DeployedStack> {
  if (source.secret !== undefined) await putSecret(embedded.clients.secretsManager, SECRET_NAME, source.secret);
  return deployStack(embedded.clients.cloudFormation, {
    name: SAMPLE_STACK,
    templateFile: join(projectFolder, 'cloudformation', 'sample-pipeline.yaml'),
    parameters: {
      PipelineName: PIPELINE_NAME,
      GitUrl: source.gitUrl,
      Branch: source.branch,
      ...(source.repositoryPath !== undefined && {
        ReceiverStack: RECEIVER_STACK,
        Connection: SAMPLE_CONNECTION,
        RepositoryPath: source.repositoryPath,
      }),
      ...(source.secret !== undefined && { CredentialsSecret: SECRET_NAME }),
    },
  });
}

/** Stores the connection with which the results of the served repository are shown. */
export async function connectStatuses({ clients, git }: Embedded, server: StatusServer): Promise<void> {
  const { apiUrl, caCertificate, token } = server;
  const { host } = new URL(git.served.httpsUrl);
  const allowedRepositories = [git.served.name];
  const connection = { provider: 'gitea', host, apiUrl, caCertificate, token, allowedRepositories };
  await putSecret(clients.secretsManager, `gitsource/${SAMPLE_CONNECTION}-statuses`, JSON.stringify(connection));
}

/** Its secret opens the repository and verifies its webhook. */
export const SAMPLE_CONNECTION = 'sample';
const SECRET_NAME = `gitsource/${SAMPLE_CONNECTION}`;

async function putSecret(client: SecretsManagerClient, name: string, text: string): Promise<void> {
  try {
    await client.send(new CreateSecretCommand({ Name: name, SecretString: text }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
  }
}

/** The connection secret for the served repository: what a transport needs, and what its hook signs with. */
export function sampleSecret(git: Embedded['git'], transport: 'ssh' | 'https', webhookSecret?: string): string {
  const { hostname, port } = new URL(git.served.httpsUrl);
  return JSON.stringify({
    provider: 'generic',
    ...(webhookSecret !== undefined && { webhookSecret }),
    ...(transport === 'ssh'
      ? { host: hostname, sshPrivateKey: git.privateKey, knownHosts: git.served.knownHosts }
      : {
          host: `${hostname}:${port}`,
          username: git.user,
          password: git.password,
          caCertificate: git.caCertificate,
        }),
  });
}
