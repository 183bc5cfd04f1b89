import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { type KeyType, keyBlobs } from './key-blobs.ts';
import { string, uint32 } from './wire-format.ts';

const RSA_BITS = 4096;
/** Of the cipher `none`, to which the private part is padded. */
const BLOCK_BYTES = 8;
const LINE_CHARACTERS = 70;
/** What an OpenSSH private key begins with. */
export const OPENSSH_MAGIC = Buffer.from('openssh-key-v1\0');

const generate = promisify(generateKeyPair);

/**
 * Makes a private key without a passphrase, in OpenSSH's format, the only one in which ssh reads Ed25519.
 * Off the main thread, so that a timer can end the wait for RSA.
 */
export async function makePrivateKey(keyType: KeyType, comment: string): Promise<string> {
  return openSshText(await generateKey(keyType), comment);
}

async function generateKey(keyType: KeyType): Promise<KeyObject> {
  // Typed by literal, so two calls.
  if (keyType === 'rsa') return (await generate('rsa', { modulusLength: RSA_BITS })).privateKey;
  return (await generate('ed25519')).privateKey;
}

/** https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key, unencrypted. */
function openSshText(key: KeyObject, comment: string): string {
  const { publicBlob, privateBlob } = keyBlobs(key) ?? {};
  if (publicBlob === undefined || privateBlob === undefined) throw new Error('a private key lacks its private half');
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, privateBlob, string(comment)]);
  const missing = (BLOCK_BYTES - (secret.length % BLOCK_BYTES)) % BLOCK_BYTES;
  const padding = Buffer.from(Array.from({ length: missing }, (_, index) => index + 1));
  const noEncryption = [string('none'), string('none'), string('')];
  const keyCount = uint32(1);
  const parts = [OPENSSH_MAGIC, ...noEncryption, keyCount, string(publicBlob)];
  const base64 = Buffer.concat([...parts, string(Buffer.concat([secret, padding]))]).toString('base64');
  const lines: string[] = [];
  for (let at = 0; at < base64.length; at += LINE_CHARACTERS) lines.push(base64.slice(at, at + LINE_CHARACTERS));
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}
