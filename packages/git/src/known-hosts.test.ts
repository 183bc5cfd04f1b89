import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyscanCommand, knownHostsFor } from './known-hosts.ts';

/** As the hosts publish them, in the order Ed25519, ECDSA, RSA. */
const FINGERPRINTS = {
  'github.com': [
    '+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
    'p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM',
    'uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s',
  ],
  'gitlab.com': [
    'eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8',
    'HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw',
    'ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ',
  ],
  'bitbucket.org': [
    'ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM',
    'FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0',
    '46OSHA1Rmj8E8ERTC6xkNcmGOw9oFxYr0WF6zWW8l1E',
  ],
  'ssh.dev.azure.com': ['ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og'],
};

describe('knownHostsFor', () => {
  it.each(Object.entries(FINGERPRINTS))('pins the published keys of %s', (host, published) => {
    const lines = knownHostsFor(host, undefined)?.trim().split('\n') ?? [];
    const fingerprints = lines.map((line) =>
      createHash('sha256')
        .update(Buffer.from(line.split(' ')[2] ?? '', 'base64'))
        .digest('base64'),
    );

    expect(fingerprints.map((print) => print.replace(/=+$/, ''))).toEqual(published);
    expect(lines.every((line) => line.startsWith(`${host} `))).toBe(true);
  });

  it('lets given lines replace the pinned keys of a host they name, and keeps the others', () => {
    expect(knownHostsFor('github.com', '# new\r\ngithub.com ssh-ed25519 AAAA\r\n')).toBe(
      'github.com ssh-ed25519 AAAA\n',
    );
    expect(knownHostsFor('github.com', 'git.example.com ssh-ed25519 AAAA')?.split('\n')).toHaveLength(5);
  });

  it('vouches for no other host', () => {
    expect(knownHostsFor('git.example.com', undefined)).toBeUndefined();
    expect(knownHostsFor('git.example.com', '\n# nothing\n')).toBeUndefined();
  });
});

describe('keyscanCommand', () => {
  it('names a port only where it is not 22', () => {
    expect(keyscanCommand('h', 22)).toBe('ssh-keyscan h');
    expect(keyscanCommand('h', 2222)).toBe('ssh-keyscan -p 2222 h');
  });
});
