import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Cloud } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';
import type { SecretRecord, SecretVersion } from './secret-record.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const DEFAULT_KEY = 'alias/aws/secretsmanager';

/** What KMS is asked with, as CloudTrail shows it on AWS. */
function encryptionContext(secret: SecretRecord, versionId: string): Record<string, string> {
  return { SecretARN: secret.arn, SecretVersionId: versionId };
}

/** The caller, as KMS sees it when Secrets Manager calls for it. */
function viaSecretsManager(cloud: Cloud, principal: Principal): Principal {
  return { ...principal, viaService: `secretsmanager.${cloud.region}.amazonaws.com` };
}

/** Encrypts a value under the secret's key, with the caller's own permission to use that key. */
export async function seal(
  cloud: Cloud,
  principal: Principal,
  secret: SecretRecord,
  versionId: string,
  value: Uint8Array,
): Promise<Pick<SecretVersion, 'sealed' | 'wrappedKey'>> {
  const { Plaintext, CiphertextBlob } = await asCaller(
    cloud.call<{ Plaintext: Uint8Array; CiphertextBlob: Uint8Array }>(
      viaSecretsManager(cloud, principal),
      'kms',
      'GenerateDataKey',
      {
        KeyId: secret.kmsKeyId ?? DEFAULT_KEY,
        KeySpec: 'AES_256',
        EncryptionContext: encryptionContext(secret, versionId),
      },
    ),
  );
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', Plaintext, iv);
  const data = Buffer.concat([cipher.update(value), cipher.final()]);
  return {
    sealed: Buffer.concat([iv, cipher.getAuthTag(), data]).toString('base64'),
    wrappedKey: Buffer.from(CiphertextBlob).toString('base64'),
  };
}

/** Decrypts a version; a caller without kms:Decrypt on the key is refused as on AWS. */
export async function unseal(
  cloud: Cloud,
  principal: Principal,
  secret: SecretRecord,
  version: SecretVersion,
): Promise<Buffer> {
  const { Plaintext } = await asCaller(
    cloud.call<{ Plaintext: Uint8Array }>(viaSecretsManager(cloud, principal), 'kms', 'Decrypt', {
      CiphertextBlob: Buffer.from(version.wrappedKey, 'base64'),
      EncryptionContext: encryptionContext(secret, version.id),
    }),
  );
  const sealed = Buffer.from(version.sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', Plaintext, sealed.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
}

async function asCaller<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === 'AccessDeniedException') {
      throw new ServiceError('AccessDeniedException', `Access to KMS is not allowed. ${error.message}`);
    }
    throw new ServiceError('InvalidRequestException', `KMS refused the secret's key: ${error.message}`);
  }
}
