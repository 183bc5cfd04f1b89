import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { readAwsFailure } from '@gitsource/runtime';
import { SshKeyPairError } from './errors.ts';

/** Whose a secret is: one resource of one stack, kept in the secret's tags. */
export interface Owner {
  readonly stackId: string;
  readonly logicalId: string;
}

export type SecretState =
  | { readonly kind: 'missing' }
  /** `deleting`: marked for deletion, and still restorable. */
  | { readonly kind: 'active' | 'deleting'; readonly arn: string; readonly isOwned: boolean };

const STACK_TAG = 'gitsource:stack';
const RESOURCE_TAG = 'gitsource:resource';
const DESCRIPTION = 'Connection of gitsource, with an SSH key pair made by its stack';
/** The account's own key for secrets, which costs nothing; also what a removed key is replaced by. */
const DEFAULT_KMS_KEY = 'alias/aws/secretsmanager';

/**
 * One secret of Secrets Manager, as its resource sees it. Every method throws `ssh-key-pair/secret-denied`, `-refused`
 * or `-unavailable`; no message holds a value.
 */
export class OwnedSecret {
  readonly name: string;
  readonly #secretsManager: Pick<SecretsManagerClient, 'send'>;
  readonly #owner: Owner;
  readonly #abortSignal: AbortSignal;

  constructor(
    secretsManager: Pick<SecretsManagerClient, 'send'>,
    name: string,
    owner: Owner,
    abortSignal: AbortSignal,
  ) {
    this.name = name;
    this.#secretsManager = secretsManager;
    this.#owner = owner;
    this.#abortSignal = abortSignal;
  }

  async describe(): Promise<SecretState> {
    const described = await this.#unlessMissing('DescribeSecret', (options) =>
      this.#secretsManager.send(new DescribeSecretCommand({ SecretId: this.name }), options),
    );
    if (described === undefined) return { kind: 'missing' };
    const tag = (key: string) => described.Tags?.find(({ Key }) => Key === key)?.Value;
    return {
      kind: described.DeletedDate === undefined ? 'active' : 'deleting',
      arn: described.ARN ?? this.name,
      isOwned: tag(STACK_TAG) === this.#owner.stackId && tag(RESOURCE_TAG) === this.#owner.logicalId,
    };
  }

  /** The current value, or the one of a version; `undefined` if there is none. */
  async read(VersionId?: string): Promise<string | undefined> {
    const read = await this.#unlessMissing('GetSecretValue', (options) =>
      this.#secretsManager.send(
        new GetSecretValueCommand({ SecretId: this.name, ...(VersionId !== undefined && { VersionId }) }),
        options,
      ),
    );
    return read?.SecretString;
  }

  /** Makes it; `exists` where somebody else was faster. The token is the version's ID. */
  async create(
    token: string,
    value: string,
    kmsKeyId: string | undefined,
  ): Promise<{ readonly arn: string } | 'exists'> {
    const Tags = [
      { Key: STACK_TAG, Value: this.#owner.stackId },
      { Key: RESOURCE_TAG, Value: this.#owner.logicalId },
    ];
    const created = await this.#unlessExisting('CreateSecret', (options) =>
      this.#secretsManager.send(
        new CreateSecretCommand({
          Name: this.name,
          Description: DESCRIPTION,
          ClientRequestToken: token,
          SecretString: value,
          Tags,
          ...(kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }),
        }),
        options,
      ),
    );
    return created === 'exists' ? created : { arn: created.ARN ?? this.name };
  }

  /** Makes `value` current; the value before stays as AWSPREVIOUS. `exists`: the token was used for another value. */
  async write(token: string, value: string): Promise<'written' | 'exists'> {
    const written = await this.#unlessExisting('PutSecretValue', (options) =>
      this.#secretsManager.send(
        new PutSecretValueCommand({ SecretId: this.name, ClientRequestToken: token, SecretString: value }),
        options,
      ),
    );
    return written === 'exists' ? written : 'written';
  }

  async setKmsKey(kmsKeyId: string | undefined): Promise<void> {
    await this.#call('UpdateSecret', (options) =>
      this.#secretsManager.send(
        new UpdateSecretCommand({ SecretId: this.name, KmsKeyId: kmsKeyId ?? DEFAULT_KMS_KEY }),
        options,
      ),
    );
  }

  async restore(): Promise<void> {
    await this.#call('RestoreSecret', (options) =>
      this.#secretsManager.send(new RestoreSecretCommand({ SecretId: this.name }), options),
    );
  }

  /** 0 days delete it at once. One that is gone already is fine. */
  async delete(recoveryDays: number): Promise<void> {
    const how = recoveryDays === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: recoveryDays };
    await this.#unlessMissing('DeleteSecret', (options) =>
      this.#secretsManager.send(new DeleteSecretCommand({ SecretId: this.name, ...how }), options),
    );
  }

  async #unlessMissing<T>(operation: string, call: Send<T>): Promise<T | undefined> {
    return this.#call<T | undefined>(operation, (options) =>
      call(options).catch((error: unknown) => {
        if (readAwsFailure(error)?.name === 'ResourceNotFoundException') return undefined;
        throw error;
      }),
    );
  }

  async #unlessExisting<T>(operation: string, call: Send<T>): Promise<T | 'exists'> {
    return this.#call<T | 'exists'>(operation, (options) =>
      call(options).catch((error: unknown) => {
        if (readAwsFailure(error)?.name === 'ResourceExistsException') return 'exists';
        throw error;
      }),
    );
  }

  async #call<T>(operation: string, call: Send<T>): Promise<T> {
    try {
      return await call({ abortSignal: this.#abortSignal });
    } catch (error) {
      throw secretError(this.name, operation, error);
    }
  }
}

type Send<T> = (options: { readonly abortSignal: AbortSignal }) => Promise<T>;

function secretError(name: string, operation: string, error: unknown): unknown {
  const failure = readAwsFailure(error);
  if (failure === undefined) return error;
  const what = `Secrets Manager answered ${operation} of ${name} with ${failure.name}`;
  const isKms = /Decryption|Encryption|KMS/i.test(`${failure.name} ${failure.message}`);
  if (isKms || failure.fault === 'permission') {
    const remedy = isKms
      ? 'kms:GenerateDataKey and kms:Decrypt on the key of SecretsKmsKeyId, and that the key is enabled'
      : `secretsmanager:${operation} on this secret${operation === 'CreateSecret' ? ', and secretsmanager:TagResource' : ''}`;
    return new SshKeyPairError(
      'ssh-key-pair/secret-denied',
      `${what}. Check that the function's role is allowed ${remedy}.`,
      {
        cause: error,
      },
    );
  }
  if (failure.fault === 'unavailable') {
    return new SshKeyPairError(
      'ssh-key-pair/secret-unavailable',
      `${what}. Try again; in a VPC check the route or the endpoint to Secrets Manager.`,
      { cause: error },
    );
  }
  return new SshKeyPairError('ssh-key-pair/secret-refused', `${what}: ${failure.message}`, { cause: error });
}
