import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePrivateKey } from './make-key-pair.ts';
import { readPublicKey } from './read-public-key.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssh-key-pair-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What OpenSSH itself makes of a private key. */
function sshKeygen(key: string, ...options: string[]): string {
  const file = join(folder, 'key');
  writeFileSync(file, key, { mode: 0o600 });
  return execFileSync('ssh-keygen', [...options, '-f', file], { encoding: 'utf8' }).trim();
}

describe('makePrivateKey', () => {
  it.each([
    ['ed25519', '256', 'ED25519'],
    ['rsa', '4096', 'RSA'],
  ] as const)('makes %s keys that OpenSSH reads, with their public half', async (keyType, bits, name) => {
    const key = await makePrivateKey(keyType, 'ci of app');

    const publicKey = readPublicKey(key);
    expect(publicKey?.keyType).toBe(keyType);
    expect(sshKeygen(key, '-y')).toBe(`${publicKey?.line} ci of app`);
    expect(sshKeygen(key, '-l')).toBe(`${bits} ${publicKey?.fingerprint} ci of app (${name})`);
  });

  it('pads every length of comment', async () => {
    for (let length = 0; length <= 8; length++) {
      const comment = 'c'.repeat(length);
      const key = await makePrivateKey('ed25519', comment);
      expect(sshKeygen(key, '-y')).toBe(`${readPublicKey(key)?.line} ${comment}`.trim());
    }
  });

  it('makes another key each time', async () => {
    const lines = await Promise.all(Array.from({ length: 20 }, () => makePrivateKey('ed25519', '')));

    expect(new Set(lines.map((key) => readPublicKey(key)?.line)).size).toBe(20);
  });
});

describe('readPublicKey', () => {
  it('reads keys in PEM, which people may have stored', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    for (const type of ['pkcs1', 'pkcs8'] as const) {
      const key = rsa.export({ format: 'pem', type }).toString();
      expect(readPublicKey(key)?.line).toBe(sshKeygen(key, '-y').split(' ').slice(0, 2).join(' '));
    }
  });

  it('gives nothing for other kinds, for keys with a passphrase, and for anything cut short', async () => {
    const key = await makePrivateKey('ed25519', '');
    const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const file = join(folder, 'locked');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'word', '-f', file]);
    const body = key.split('\n').slice(1, -2).join('');

    expect(readPublicKey(ecdsa.export({ format: 'pem', type: 'sec1' }).toString())).toBeUndefined();
    expect(readPublicKey(execFileSync('cat', [file], { encoding: 'utf8' }))).toBeUndefined();
    for (let length = 0; length < 120; length++) {
      const cut = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.slice(0, length)}\n-----END OPENSSH PRIVATE KEY-----\n`;
      expect(readPublicKey(cut)).toBeUndefined();
    }
    expect(readPublicKey('')).toBeUndefined();
  });
});
