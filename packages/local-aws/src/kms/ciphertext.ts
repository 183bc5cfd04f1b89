import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ServiceError } from '../cloud/service.ts';
import type { KeyRecord } from './key-record.ts';

/** What AWS calls the encryption context: must be given again to decrypt. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** Layout of a ciphertext: version, key ID, initialisation vector, tag, data. AWS's own is opaque, and so is this. */
const VERSION = 1;
const ID_BYTES = 36;
const IV_BYTES = 12;
const TAG_BYTES = 16;

export function encrypt(key: KeyRecord, plaintext: Uint8Array, context: EncryptionContext = {}): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key.material, 'base64'), iv);
  cipher.setAAD(associatedData(context));
  const data = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from([VERSION]), Buffer.from(key.id), iv, cipher.getAuthTag(), data]);
}

/** The key a ciphertext names; throws InvalidCiphertextException where it is not one of ours. */
export function keyIdOf(ciphertext: Uint8Array): string {
  const buffer = Buffer.from(ciphertext);
  if (buffer[0] !== VERSION || buffer.length < 1 + ID_BYTES + IV_BYTES + TAG_BYTES) throw invalid();
  return buffer.toString('latin1', 1, 1 + ID_BYTES);
}

export function decrypt(key: KeyRecord, ciphertext: Uint8Array, context: EncryptionContext = {}): Buffer {
  const buffer = Buffer.from(ciphertext);
  const iv = buffer.subarray(1 + ID_BYTES, 1 + ID_BYTES + IV_BYTES);
  const tag = buffer.subarray(1 + ID_BYTES + IV_BYTES, 1 + ID_BYTES + IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key.material, 'base64'), iv, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(tag);
  decipher.setAAD(associatedData(context));
  try {
    return Buffer.concat([decipher.update(buffer.subarray(1 + ID_BYTES + IV_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    throw invalid();
  }
}

function associatedData(context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function invalid(): ServiceError {
  return new ServiceError(
    'InvalidCiphertextException',
    'The ciphertext is not of this account, was changed, or has another encryption context.',
  );
}
