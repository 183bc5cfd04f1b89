import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair, type SshKeyKind } from '@gitsource/local-git';
import { afterAll, describe, expect, it } from 'vitest';
import { judgeHostKey, readKnownHost } from './known-hosts.ts';

const folder = mkdtempSync(join(tmpdir(), 'known hosts '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function keyOf(kind: SshKeyKind) {
  const [type = '', base64 = ''] = generateKeyPair(kind).publicKey.split(' ');
  return { text: `${type} ${base64}`, blob: Buffer.from(base64, 'base64') };
}

const key = keyOf('ed25519');
const other = keyOf('ed25519');
const rsa = keyOf('rsa');

function hashed(name: string): string {
  const salt = Buffer.from('twenty bytes of salt');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

/** Names of a line, and whether they mean `git.example.com` on the ports 22 and 2222, as `[host]:port` says it. */
const NAMES: readonly (readonly [names: string, onDefault: boolean, onPort: boolean])[] = [
  ['git.example.com', true, false],
  ['GIT.Example.com', true, false],
  ['a.example.com,git.example.com,b', true, false],
  ['[git.example.com]:2222', false, true],
  ['git.example.com,[git.example.com]:2222', true, true],
  ['*.example.com', true, false],
  ['*', true, true],
  ['g?t.example.com', true, false],
  ['*.example.com,!git.example.com', false, false],
  ['!git.example.com', false, false],
  ['!other.example.com,*', true, true],
  ['git.example.co', false, false],
  ['git-example-com', false, false],
  ['[git.example.com]:*', false, true],
  [hashed('git.example.com'), true, false],
  [hashed('[git.example.com]:2222'), false, true],
  [hashed('other.example.com'), false, false],
];

const canAsk = spawnSync('ssh-keygen', ['-?']).error === undefined;

/** Whether OpenSSH finds a name in a file of one line. */
function isFound(line: string, name: string): boolean {
  const file = join(folder, 'known_hosts');
  writeFileSync(file, `${line}\n`);
  return spawnSync('ssh-keygen', ['-F', name, '-f', file]).status === 0;
}

describe('readKnownHost', () => {
  it.each(NAMES)('reads the names %s', (names, onDefault, onPort) => {
    const line = `${names} ${key.text} comment`;
    const exact = (port?: number) => readKnownHost(line, 'git.example.com', port).keys.some(({ isOfPort }) => isOfPort);

    expect([exact(), exact(22), exact(2222)]).toEqual([onDefault, onDefault, onPort]);
  });

  it.skipIf(!canAsk).each(NAMES)('agrees with OpenSSH on %s (needs ssh-keygen)', (names, onDefault, onPort) => {
    const line = `${names} ${key.text} comment`;
    expect([isFound(line, 'git.example.com'), isFound(line, '[git.example.com]:2222')]).toEqual([onDefault, onPort]);
  });

  it('lets a line without a port vouch for another port, but prove nothing against it', () => {
    const known = readKnownHost(`git.example.com ${key.text}`, 'git.example.com', 2222);
    expect([judgeHostKey(known, key.blob), judgeHostKey(known, other.blob)]).toEqual(['known', 'unknown']);
  });

  it('passes over comments, empty lines, and what is no key', () => {
    const lines = [
      '# git.example.com',
      '',
      'git.example.com',
      `git.example.com ssh-rsa ${key.text.split(' ')[1]}`,
      'git.example.com ssh-ed25519 !!!',
      'git.example.com ssh-ed25519 AAAA',
      'git.example.com 1024 35 1234',
      `|2|c2FsdA==|aGFzaA== ${key.text}`,
      '@cert-authority',
    ];
    expect(readKnownHost(lines.join('\r\n'), 'git.example.com')).toEqual({
      keys: [],
      revoked: [],
      hasAuthority: false,
    });
  });

  it('knows an address of IPv6', () => {
    expect(readKnownHost(`2001:db8::1 ${key.text}`, '2001:db8::1').keys).toHaveLength(1);
    expect(readKnownHost(`[2001:db8::1]:2222 ${key.text}`, '2001:db8::1', 2222).keys).toHaveLength(1);
  });
});

describe('judgeHostKey', () => {
  const judge = (text: string, blob: Buffer) => judgeHostKey(readKnownHost(text, 'h'), blob);

  it.each([
    ['the key', `h ${key.text}`, key.blob, 'known'],
    ['one of several', `h ${rsa.text}\nh ${other.text}\nh ${key.text}`, key.blob, 'known'],
    ['another of its kind', `h ${other.text}`, key.blob, 'changed'],
    ['only one of another kind', `h ${rsa.text}`, key.blob, 'changed'],
    ['nothing', '', key.blob, 'unknown'],
    ['what is revoked', `h ${key.text}\n@revoked h ${key.text}`, key.blob, 'revoked'],
    ['what is revoked for all', `h ${key.text}\n@revoked * ${key.text}`, key.blob, 'revoked'],
    ['an authority', `@cert-authority h ${key.text}`, key.blob, 'unknown'],
    ['a key, but nonsense is shown', `h ${key.text}`, Buffer.from([0, 0]), 'changed'],
  ])('where the file has %s', (_what, text, blob, verdict) => {
    expect(judge(text, blob)).toBe(verdict);
  });

  it('says that an authority vouches', () => {
    expect(readKnownHost(`@cert-authority *.example.com ${key.text}`, 'a.example.com').hasAuthority).toBe(true);
    expect(readKnownHost(`@cert-authority *.example.com ${key.text}`, 'example.com').hasAuthority).toBe(false);
  });
});
