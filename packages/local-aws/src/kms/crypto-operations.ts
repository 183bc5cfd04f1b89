import { randomBytes } from 'node:crypto';
import type * as kms from '@aws-sdk/client-kms';
import { operation, permit } from '../cloud/operation.ts';
import { type Permission, type Service, ServiceError } from '../cloud/service.ts';
import { decrypt, encrypt, keyIdOf } from './ciphertext.ts';
import type { KeyStore } from './key-store.ts';

export function cryptoOperations(store: KeyStore): Service['operations'] {
  const on =
    (action: string) =>
    (input: { KeyId: string | undefined; EncryptionContext?: Record<string, string> | undefined }) =>
      store.permission(action, input.KeyId, contextKeys(input.EncryptionContext));
  const dataKey = (input: kms.GenerateDataKeyRequest) => {
    const key = store.findUsable(input.KeyId);
    const plaintext = randomBytes(dataKeyBytes(input));
    return { KeyId: key.arn, Plaintext: plaintext, CiphertextBlob: encrypt(key, plaintext, input.EncryptionContext) };
  };
  return {
    Encrypt: operation(on('Encrypt'), (input: kms.EncryptRequest): kms.EncryptResponse => {
      const key = store.findUsable(input.KeyId);
      const CiphertextBlob = encrypt(key, input.Plaintext ?? Buffer.alloc(0), input.EncryptionContext);
      return { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    }),
    Decrypt: operation(
      (input: kms.DecryptRequest): Permission[] =>
        store.permission('Decrypt', keyOf(store, input), contextKeys(input.EncryptionContext)),
      (input): kms.DecryptResponse => {
        const key = store.findUsable(keyOf(store, input));
        const Plaintext = decrypt(key, input.CiphertextBlob ?? Buffer.alloc(0), input.EncryptionContext);
        return { Plaintext, KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
      },
    ),
    GenerateDataKey: operation(
      on('GenerateDataKey'),
      (input: kms.GenerateDataKeyRequest): kms.GenerateDataKeyResponse => {
        return dataKey(input);
      },
    ),
    GenerateDataKeyWithoutPlaintext: operation(
      on('GenerateDataKeyWithoutPlaintext'),
      (input: kms.GenerateDataKeyWithoutPlaintextRequest): kms.GenerateDataKeyWithoutPlaintextResponse => {
        const { KeyId, CiphertextBlob } = dataKey(input);
        return { KeyId, CiphertextBlob };
      },
    ),
    GenerateRandom: operation(
      (_input: kms.GenerateRandomRequest) => permit('kms:GenerateRandom'),
      (input): kms.GenerateRandomResponse => ({ Plaintext: randomBytes(input.NumberOfBytes ?? 32) }),
    ),
  };
}

/** A ciphertext names its key; a KeyId given as well must be the same one. */
function keyOf(store: KeyStore, input: kms.DecryptRequest): string {
  const id = keyIdOf(input.CiphertextBlob ?? Buffer.alloc(0));
  if (input.KeyId !== undefined && store.find(input.KeyId).id !== id) {
    throw new ServiceError('IncorrectKeyException', 'The ciphertext was not encrypted under the key that KeyId names.');
  }
  return id;
}

function dataKeyBytes(input: kms.GenerateDataKeyRequest): number {
  if ((input.KeySpec === undefined) === (input.NumberOfBytes === undefined)) {
    throw new ServiceError('ValidationException', 'Please specify either number of bytes or key spec.');
  }
  if (input.NumberOfBytes !== undefined) return input.NumberOfBytes;
  return input.KeySpec === 'AES_128' ? 16 : 32;
}

function contextKeys(context: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context ?? {}).map(([key, value]) => [`kms:EncryptionContext:${key}`, value]),
  );
}
