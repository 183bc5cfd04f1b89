import type { Cloud } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';

export const DEFAULT_KEY = 'alias/aws/ssm';

/** A value as KMS encrypts it for the caller, in Base64: a standard SecureString has no data key. */
export async function encryptValue(
  cloud: Cloud,
  principal: Principal,
  arn: string,
  keyId: string,
  value: string,
): Promise<string> {
  const { CiphertextBlob } = await askKms<{ CiphertextBlob: Uint8Array }>(cloud, principal, 'Encrypt', {
    KeyId: keyId,
    Plaintext: Buffer.from(value),
    EncryptionContext: { PARAMETER_ARN: arn },
  });
  return Buffer.from(CiphertextBlob).toString('base64');
}

/** Decrypts for the caller, who must be allowed kms:Decrypt. */
export async function decryptValue(cloud: Cloud, principal: Principal, arn: string, value: string): Promise<string> {
  const { Plaintext } = await askKms<{ Plaintext: Uint8Array }>(cloud, principal, 'Decrypt', {
    CiphertextBlob: Buffer.from(value, 'base64'),
    EncryptionContext: { PARAMETER_ARN: arn },
  });
  return Buffer.from(Plaintext).toString('utf8');
}

async function askKms<T>(cloud: Cloud, principal: Principal, operation: string, input: object): Promise<T> {
  try {
    const viaSsm = { ...principal, viaService: `ssm.${cloud.region}.amazonaws.com` };
    return await cloud.call<T>(viaSsm, 'kms', operation, input);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'AccessDeniedException') throw error;
    throw new ServiceError('InvalidKeyId', error.message);
  }
}
