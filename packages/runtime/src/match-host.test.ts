import { describe, expect, it } from 'vitest';
import { matchHost } from './match-host.ts';

describe('matchHost', () => {
  it.each([
    ['git.example.com', 'git.example.com', undefined, true],
    ['Git.Example.com', 'git.EXAMPLE.com', undefined, true],
    ['git.example.com', 'git.example.com', 8443, true],
    ['git.example.com:8443', 'git.example.com', 8443, true],
    ['git.example.com:8443', 'git.example.com', undefined, true],
    ['git.example.com:8443', 'git.example.com', 443, false],
    ['git.example.com', 'git.example.com.evil.example', undefined, false],
    ['git.example.com', 'evil.example', undefined, false],
    ['git.example.com', 'xgit.example.com', undefined, false],
    ['git.example.com', 'gitxexample.com', undefined, false],
    ['git.example.com', '', undefined, false],
    ['', '', undefined, false],
    ['192.0.2.1:22', '192.0.2.1', 22, true],
    ['[2001:db8::1]', '2001:db8::1', undefined, true],
    ['[2001:db8::1]', '[2001:db8::1]', undefined, true],
    ['[2001:DB8:0::0001]:8443', '[2001:db8::1]', 8443, true],
    ['[2001:db8::1]:8443', '2001:db8::1', 443, false],
    ['[2001:db8::1]', '2001:db8::2', undefined, false],
    ['[::ffff:192.0.2.1]', '192.0.2.1', undefined, false],
  ])('%j and %j, port %s: %s', (connectionHost, host, port, expected) => {
    expect(matchHost(connectionHost, { host, ...(port !== undefined && { port }) })).toBe(expected);
  });
});
