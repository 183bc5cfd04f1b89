import { describe, expect, it } from 'vitest';
import { findProxy } from './find-proxy.ts';

const HOST = 'git.example.com';
const PLAIN = { kind: 'http', host: 'proxy.example.com', port: 3128 };

describe('findProxy', () => {
  it.each([
    ['HTTPS_PROXY', { HTTPS_PROXY: 'http://proxy.example.com:3128' }],
    ['ALL_PROXY', { ALL_PROXY: 'http://proxy.example.com:3128/' }],
    ['the one of HTTPS', { https_proxy: 'http://proxy.example.com:3128', ALL_PROXY: 'http://other:1' }],
    ['the small one', { https_proxy: 'http://proxy.example.com:3128', HTTPS_PROXY: 'http://other:1' }],
    ['what is set', { https_proxy: '', HTTPS_PROXY: '', all_proxy: 'proxy.example.com:3128' }],
  ])('takes %s', (_what, environment) => {
    expect(findProxy(environment, HOST)).toEqual(PLAIN);
  });

  it('takes none where none is named for HTTPS', () => {
    expect(findProxy({}, HOST)).toBeUndefined();
    expect(findProxy({ HTTP_PROXY: 'http://proxy.example.com', NO_PROXY: '' }, HOST)).toBeUndefined();
  });

  it.each([
    ['http://p', { kind: 'http', host: 'p', port: 1080 }],
    ['http://p:80', { kind: 'http', host: 'p', port: 80 }],
    ['HTTPS://p', { kind: 'https', host: 'p', port: 443 }],
    ['http://[2001:db8::1]:3128', { kind: 'http', host: '2001:db8::1', port: 3128 }],
    ['http://ada@p:1', { kind: 'http', host: 'p', port: 1, authorization: 'Basic YWRhOg==' }],
    ['http://ada:a%3Ab%40@p:1', { kind: 'http', host: 'p', port: 1, authorization: 'Basic YWRhOmE6YkA=' }],
    ['socks5://p:1080', 'unsupported'],
    ['socks5h://p:1080', 'unsupported'],
    ['http://p:x', 'unsupported'],
    ['http://', 'unsupported'],
    ['http://%zz@p', 'unsupported'],
  ])('reads %s', (https_proxy, expected) => {
    expect(findProxy({ https_proxy }, HOST)).toEqual(expected);
  });

  it.each([
    ['*', HOST, true],
    ['git.example.com', HOST, true],
    ['GIT.example.com.', HOST, true],
    ['example.com', HOST, true],
    ['.example.com', HOST, true],
    ['other.com, example.com', HOST, true],
    ['other.com example.com', HOST, true],
    ['ample.com', HOST, false],
    ['*.example.com', HOST, false],
    ['other.com,*', HOST, false],
    [',', HOST, false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.0/24', '192.0.2.7', true],
    ['0.0.0.0/0', '192.0.2.7', true],
    ['192.0.2.0/33', '192.0.2.7', false],
    ['2.7', '192.0.2.7', false],
    ['2001:db8::/32', '2001:db8::1', true],
    ['[2001:db8::1]', '2001:db8:0::1', true],
    ['192.0.2.0/24', '2001:db8::1', false],
  ])('excepts by NO_PROXY=%s the host %s: %s', (NO_PROXY, host, isExcepted) => {
    const found = findProxy({ https_proxy: 'http://proxy.example.com:3128', NO_PROXY }, host);
    expect(found).toEqual(isExcepted ? undefined : PLAIN);
  });

  it('lets the small spelling of NO_PROXY count', () => {
    const environment = { https_proxy: 'http://proxy.example.com:3128', NO_PROXY: '*', no_proxy: 'other.com' };
    expect(findProxy(environment, HOST)).toEqual(PLAIN);
  });
});
