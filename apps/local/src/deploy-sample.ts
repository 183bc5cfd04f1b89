import { join } from 'node:path';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type DeployedStack, deployStack } from './deploy-stack.ts';
import type { Embedded } from './embedded.ts';
import { CODE_PREFIX, uploadZips } from './upload-zips.ts';

export const CUSTOM_ACTION_STACK = 'gitsource-custom-action';
export const SAMPLE_STACK = 'gitsource-sample';
export const PIPELINE_NAME = 'gitsource-sample';

export interface SourcePlan {
  readonly gitUrl: string;
  readonly branch: string;
  /** Text of the connection secret; absent = anonymous. */
  readonly secret?: string;
}

/** Uploads the zips and deploys `custom-action.yaml`, as shipped. */
export async function deployCustomAction(embedded: Embedded, projectFolder: string): Promise<DeployedStack> {
  const { aws, clients } = embedded;
  const bucket = `gitsource-code-${aws.accountId}-${aws.region}`;
  await uploadZips(clients.s3, bucket, join(projectFolder, 'apps'));
  return deployStack(clients.cloudFormation, {
    name: CUSTOM_ACTION_STACK,
    templateFile: join(projectFolder, 'cloudformation', 'custom-action.yaml'),
    parameters: { CodeBucket: bucket, CodePrefix: CODE_PREFIX },
  });
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
      WebhookAuthentication: 'IP',
      WebhookAllowedIp: '127.0.0.1/32',
      ...(source.secret !== undefined && { CredentialsSecret: SECRET_NAME }),
    },
  });
}

const SECRET_NAME = 'gitsource/sample';

async function putSecret(client: SecretsManagerClient, name: string, text: string): Promise<void> {
  try {
    await client.send(new CreateSecretCommand({ Name: name, SecretString: text }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
  }
}

/** The connection secret for the served repository: what both transports need. */
export function sampleSecret(git: Embedded['git'], transport: 'ssh' | 'https'): string {
  const { hostname, port } = new URL(git.served.httpsUrl);
  return JSON.stringify(
    transport === 'ssh'
      ? { provider: 'generic', host: hostname, sshPrivateKey: git.privateKey, knownHosts: git.served.knownHosts }
      : {
          provider: 'generic',
          host: `${hostname}:${port}`,
          username: git.user,
          password: git.password,
          caCertificate: git.caCertificate,
        },
  );
}
