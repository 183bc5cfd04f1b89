import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readAwsFailure } from './aws-failure.ts';
import { type Connection, parseConnection } from './connection.ts';
import { RuntimeError } from './errors.ts';

/**
 * Reads a connection from Secrets Manager by name or ARN.
 * Throws `runtime/secret-missing`, `-denied`, `-unavailable`, `-not-a-key`, `-shape-invalid`; none shows the content.
 */
export async function readConnection(
  secretsManager: Pick<SecretsManagerClient, 'send'>,
  secretId: string,
): Promise<Connection> {
  return parseConnection(secretId, await readSecret(secretsManager, secretId));
}

/** A connection and, where its secret was changed before, the version before. */
export interface ConnectionVersions {
  readonly current: Connection;
  readonly previous?: Connection;
}

/**
 * Reads a connection with its previous version, so that what was valid before a rotation can stay so.
 * Throws as `readConnection` does, for the current version only.
 */
export async function readConnectionVersions(
  secretsManager: Pick<SecretsManagerClient, 'send'>,
  secretId: string,
): Promise<ConnectionVersions> {
  // One after the other: a name that somebody made up costs one request, not two.
  const current = await readConnection(secretsManager, secretId);
  const previous = await readSecret(secretsManager, secretId, 'AWSPREVIOUS')
    .then((text) => parseConnection(secretId, text))
    // A secret that never changed has none, and a broken one that was corrected must not be in the way.
    .catch((error: unknown) => ignoreUnlessUnavailable(error));
  return previous === undefined ? { current } : { current, previous };
}

function ignoreUnlessUnavailable(error: unknown): undefined {
  if (error instanceof RuntimeError && error.retryable) throw error;
  return undefined;
}

async function readSecret(
  secretsManager: Pick<SecretsManagerClient, 'send'>,
  secretId: string,
  VersionStage?: 'AWSPREVIOUS',
): Promise<string> {
  try {
    const { SecretString, SecretBinary } = await secretsManager.send(
      new GetSecretValueCommand({ SecretId: secretId, ...(VersionStage !== undefined && { VersionStage }) }),
    );
    return SecretString ?? new TextDecoder().decode(SecretBinary);
  } catch (error) {
    throw secretError(secretId, error);
  }
}

function secretError(secretId: string, error: unknown): RuntimeError {
  const failure = readAwsFailure(error);
  const reason = failure === undefined ? String(error) : failure.name;
  const options = { cause: error };
  if (failure?.name === 'ResourceNotFoundException' || failure?.name === 'InvalidRequestException') {
    const what = `There is no secret ${secretId} in this account and Region, it has no value yet, or it is marked for deletion.`;
    return new RuntimeError(
      'runtime/secret-missing',
      `${what} Create it, or correct CredentialsSecret (name or whole ARN).`,
      options,
    );
  }
  if (failure?.fault === 'permission' || /Decryption|KMS/i.test(reason)) {
    return new RuntimeError(
      'runtime/secret-denied',
      `The secret ${secretId} may not be read (${reason}). Allow the role that reads it secretsmanager:GetSecretValue on it (the template's secret parameter), and kms:Decrypt on its key if it has one of its own.`,
      options,
    );
  }
  return new RuntimeError(
    'runtime/secret-unavailable',
    `The secret ${secretId} could not be read (${reason}). Try again; if it stays so, check the network's way to Secrets Manager.`,
    options,
  );
}
