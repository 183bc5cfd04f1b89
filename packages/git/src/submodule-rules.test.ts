import { parseGitUrl } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import { submoduleRemote, submoduleUrls } from './submodule-rules.ts';

const CREDENTIALS = {
  kind: 'https',
  username: 'ada',
  password: 'secret',
  caCertificate: 'PEM',
  knownHosts: 'h',
} as const;
const HOLDER = { remote: parseGitUrl('https://h/team/app'), credentials: CREDENTIALS };

describe('submoduleRemote', () => {
  it('shows credentials to the same server, however deep', () => {
    const own = submoduleRemote(HOLDER, '../lib');

    expect(own).toEqual({ remote: parseGitUrl('https://h/team/lib'), credentials: CREDENTIALS });
    expect(submoduleRemote(own, 'https://h:443/x').credentials).toEqual(CREDENTIALS);
  });

  it('shows none to another one, nor to what that one names, even where it is the same server again', () => {
    const anonymous = { kind: 'anonymous', knownHosts: 'h' };
    const other = submoduleRemote(HOLDER, 'https://other/lib');

    expect(other.credentials).toEqual(anonymous);
    expect(submoduleRemote(other, '../inner').credentials).toEqual(anonymous);
    expect(submoduleRemote(other, 'https://h/team/lib').credentials).toEqual(anonymous);
  });

  it('wants a URL', () => {
    expect(() => submoduleRemote(HOLDER, undefined)).toThrow('no path and URL in .gitmodules');
  });
});

describe('submoduleUrls', () => {
  it('takes the last of each, and only whole pairs', () => {
    const urls = submoduleUrls([
      { name: 'a', key: 'path', value: 'old' },
      { name: 'a', key: 'url', value: 'u1' },
      { name: 'b', key: 'url', value: 'no path' },
      { name: 'a', key: 'path', value: 'lib/a//' },
    ]);

    expect([...urls]).toEqual([['lib/a', 'u1']]);
  });
});
