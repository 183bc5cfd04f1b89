import { generateKeyPairSync } from 'node:crypto';
import { generateKeyPair } from '@gitsource/local-git';
import { describe, expect, it } from 'vitest';
import { parsePrivateKey } from './private-key.ts';

const ed25519 = generateKeyPair('ed25519');
const rsa = generateKeyPair('rsa');

function codeOf(text: string): unknown {
  try {
    return parsePrivateKey(text);
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

describe('parsePrivateKey', () => {
  it.each([
    ['as written', (key: string) => key],
    ['without the last line end', (key: string) => key.trim()],
    ['with Windows line ends', (key: string) => key.replaceAll('\n', '\r\n')],
    ['with a byte order mark and empty lines', (key: string) => `\uFEFF\n\n${key}\n\n`],
    ['on one line with spaces', (key: string) => key.trim().replaceAll('\n', ' ')],
    ['on one line with \\n', (key: string) => key.replaceAll('\n', '\\n')],
  ])('reads a key %s', (_name, change) => {
    for (const key of [ed25519.privateKey, rsa.privateKeyPem ?? '']) {
      const body = key.replace(/-----[^-]+-----|\s/g, '');
      const parsed = parsePrivateKey(change(key));
      expect(parsed.replace(/-----[^-]+-----|\s/g, '')).toBe(body);
      expect(parsed).toMatch(/^-----BEGIN [A-Z ]+-----\n[\s\S]+\n-----END [A-Z ]+-----\n$/);
    }
  });

  it('refuses what is no private key, and says so without showing it', () => {
    for (const text of ['', 'hunter2', '{"a":1}', ed25519.publicKey, ed25519.privateKey.slice(0, 200)]) {
      expect(codeOf(text)).toBe('git/key-invalid');
    }
    const damaged = ed25519.privateKey.replace('b3BlbnNzaC1rZXktdjEA', 'AAAAbnNzaC1rZXktdjEA');
    expect(codeOf(damaged)).toBe('git/key-invalid');
    expect(codeOf((rsa.privateKeyPem ?? '').replace(/\n[A-Za-z0-9+/]{64}\n/, '\n'))).toBe('git/key-invalid');
    expect(() => parsePrivateKey('hunter2')).toThrow(expect.not.stringContaining('hunter2'));
  });

  it('refuses a key that is protected by a passphrase', () => {
    const encoding = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' } as const;
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: encoding,
    });
    const openSsh = Buffer.from('openssh-key-v1\0\0\0\0\x0aaes256-ctr\0\0\0\x06bcrypt').toString('base64');
    expect(codeOf(privateKey)).toBe('git/key-has-passphrase');
    expect(codeOf(`-----BEGIN OPENSSH PRIVATE KEY-----\n${openSsh}\n-----END OPENSSH PRIVATE KEY-----\n`)).toBe(
      'git/key-has-passphrase',
    );
    const legacy = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA';
    expect(codeOf(`-----BEGIN RSA PRIVATE KEY-----\n${legacy}\n-----END RSA PRIVATE KEY-----`)).toBe(
      'git/key-has-passphrase',
    );
  });
});
