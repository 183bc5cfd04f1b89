import { createPrivateKey } from 'node:crypto';
import { GitError } from './errors.ts';

const BLOCK = /^-----BEGIN ((?:OPENSSH|RSA|EC|DSA|ENCRYPTED)? ?PRIVATE KEY)-----\s+([\s\S]+?)\s*-----END \1-----$/;
const REMEDY = 'Store the whole private key, from its BEGIN line to its END line, in the credentials secret.';

/**
 * The key as ssh reads it: Unix line ends, one at the end, no space around. A key flattened to one line (line ends
 * turned to spaces or to `\n` by a form or a shell) is folded again.
 * Errors: `git/key-invalid`, `git/key-has-passphrase`.
 */
export function parsePrivateKey(text: string): string {
  const unescaped = text.includes('\n') ? text : text.replaceAll('\\n', '\n');
  const trimmed = unescaped
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .trim();
  if (/^(?:ssh-|ecdsa-)/.test(trimmed)) {
    throw new GitError('git/key-invalid', `The SSH key is a public key, but the private one is needed. ${REMEDY}`);
  }
  const [, label, body] = BLOCK.exec(trimmed) ?? [];
  if (label === undefined || body === undefined) {
    throw new GitError('git/key-invalid', `The SSH key is not a private key in OpenSSH or PEM format. ${REMEDY}`);
  }
  if (isEncrypted(label, body)) throw passphraseError();
  const key = `-----BEGIN ${label}-----\n${fold(body)}\n-----END ${label}-----\n`;
  if (label !== 'OPENSSH PRIVATE KEY') checkPem(key);
  else checkOpenSsh(body);
  return key;
}

function fold(body: string): string {
  return (body.replace(/\s+/g, '').match(/.{1,64}/g) ?? []).join('\n');
}

function isEncrypted(label: string, body: string): boolean {
  if (label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(body)) return true;
  if (label !== 'OPENSSH PRIVATE KEY') return false;
  // "openssh-key-v1\0", then the cipher's name with its length before it: anything but `none` needs a passphrase.
  const blob = Buffer.from(body, 'base64');
  return blob.subarray(0, 14).toString() === 'openssh-key-v1' && blob.subarray(19, 23).toString() !== 'none';
}

function passphraseError(): GitError {
  const remove = 'Remove it from a copy with `ssh-keygen -p -N "" -f KEY_FILE`, or make a deploy key without one.';
  return new GitError('git/key-has-passphrase', `The SSH key is protected by a passphrase. ${remove}`);
}

function checkPem(key: string): void {
  try {
    createPrivateKey(key);
  } catch {
    throw new GitError('git/key-invalid', `The SSH key is damaged: its PEM content cannot be read. ${REMEDY}`);
  }
}

function checkOpenSsh(body: string): void {
  if (Buffer.from(body, 'base64').subarray(0, 15).toString() === 'openssh-key-v1\0') return;
  throw new GitError('git/key-invalid', `The SSH key is damaged: its OpenSSH content cannot be read. ${REMEDY}`);
}
