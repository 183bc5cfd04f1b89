import { delimiter, dirname, join } from 'node:path';
import type { EnvironmentVariable } from '@aws-sdk/client-codebuild';
import type { Cloud } from '../cloud/cloud.ts';
import type { AwsCredentials, Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';
import { nodeProgram } from '../files/node-program.ts';
import { BuildFailure } from './build-failure.ts';
import type { BuildSources } from './build-sources.ts';
import type { Buildspec } from './buildspec.ts';
import type { BuildRecord } from './records.ts';

export interface EnvironmentParts {
  readonly cloud: Cloud;
  readonly build: BuildRecord;
  readonly principal: Principal;
  readonly credentials: AwsCredentials;
  readonly buildspec: Buildspec;
  readonly sources: BuildSources;
  readonly scratch: string;
}

export interface BuildEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Values that the log must not show. */
  readonly secrets: readonly string[];
}

/** What a build's commands see: what CodeBuild sets and what was configured, and nothing of this process but PATH. */
export async function buildEnvironment(parts: EnvironmentParts): Promise<BuildEnvironment> {
  const { buildspec, build } = parts;
  const secrets: string[] = [];
  const configured: Record<string, string> = { ...buildspec.env?.variables };
  const secretNames = Object.entries(buildspec.env?.['secrets-manager'] ?? {});
  const given = build.settings.environment.environmentVariables ?? [];
  for (const [name, value] of secretNames) {
    if (given.some((variable) => variable.name === name)) continue;
    configured[name] = await readSecret(parts, name, value);
    secrets.push(configured[name]);
  }
  for (const variable of given) {
    configured[variable.name ?? ''] = await readVariable(parts, variable);
    if (variable.type === 'SECRETS_MANAGER') secrets.push(configured[variable.name ?? ''] ?? '');
  }
  const { secretAccessKey, sessionToken } = parts.credentials;
  return {
    variables: { ...systemVariables(parts), ...configured, ...codeBuildVariables(parts) },
    secrets: [...secrets, secretAccessKey, sessionToken],
  };
}

/** A project may set these otherwise. */
function systemVariables({ cloud, scratch }: EnvironmentParts): Record<string, string> {
  return {
    PATH: [dirname(nodeProgram()), process.env.PATH ?? '/usr/bin:/bin'].join(delimiter),
    LANG: 'C.UTF-8',
    HOME: join(scratch, 'home'),
    TMPDIR: join(scratch, 'tmp'),
    CI: 'true',
    AWS_ENDPOINT_URL: cloud.endpointUrl,
  };
}

/** https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html */
function codeBuildVariables({ cloud, build, credentials, sources }: EnvironmentParts): Record<string, string> {
  const { sourceVersion } = build.settings;
  const project = encodeURIComponent(build.projectName);
  return {
    AWS_REGION: cloud.region,
    AWS_DEFAULT_REGION: cloud.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    CODEBUILD_BUILD_ID: build.id,
    CODEBUILD_BUILD_ARN: build.arn,
    CODEBUILD_BUILD_NUMBER: String(build.buildNumber),
    CODEBUILD_BUILD_SUCCEEDING: '1',
    CODEBUILD_BUILD_URL: `https://${cloud.region}.console.aws.amazon.com/codesuite/codebuild/${cloud.accountId}/projects/${project}/build/${encodeURIComponent(build.id)}/?region=${cloud.region}`,
    CODEBUILD_INITIATOR: build.initiator,
    CODEBUILD_LOG_PATH: build.logs?.streamName ?? '',
    CODEBUILD_START_TIME: String(build.startTime),
    ...(sourceVersion !== undefined && { CODEBUILD_SOURCE_VERSION: sourceVersion }),
    ...(build.resolvedSourceVersion !== undefined && {
      CODEBUILD_RESOLVED_SOURCE_VERSION: build.resolvedSourceVersion,
    }),
    ...sources.variables,
  };
}

async function readVariable(
  parts: EnvironmentParts,
  { name = '', value = '', type }: EnvironmentVariable,
): Promise<string> {
  if (type === 'SECRETS_MANAGER') return readSecret(parts, name, value);
  if (type !== 'PARAMETER_STORE') return value;
  throw new BuildFailure(
    'PARAMETER_STORE_ERROR',
    `Variable ${name}: PARAMETER_STORE is not available in the embedded AWS; use SECRETS_MANAGER or PLAINTEXT`,
  );
}

/** `secret-id[:json-key[:version-stage[:version-id]]]`, where the id may be an ARN. */
async function readSecret({ cloud, principal }: EnvironmentParts, name: string, reference: string): Promise<string> {
  const parts = reference.split(':');
  const id = parts.splice(0, reference.startsWith('arn:') ? 7 : 1).join(':');
  const [jsonKey = '', stage = '', versionId = ''] = parts;
  const fail = (why: string) => {
    return new BuildFailure('SECRETS_MANAGER_ERROR', `Variable ${name}: secret ${id}: ${why}`);
  };
  let text: string;
  try {
    const input = { SecretId: id, ...(stage && { VersionStage: stage }), ...(versionId && { VersionId: versionId }) };
    const { SecretString } = await cloud.call<{ SecretString?: string }>(
      principal,
      'secretsmanager',
      'GetSecretValue',
      input,
    );
    text = SecretString ?? '';
  } catch (error) {
    if (error instanceof ServiceError) throw fail(`${error.code}: ${error.message}`);
    throw error;
  }
  if (jsonKey === '') return text;
  const value = jsonValue(text, jsonKey);
  if (value === undefined) throw fail(`the value is not a JSON object with the key ${jsonKey}`);
  return value;
}

function jsonValue(text: string, key: string): string | undefined {
  try {
    const value: unknown = (JSON.parse(text) as Record<string, unknown>)[key];
    return value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return undefined;
  }
}
