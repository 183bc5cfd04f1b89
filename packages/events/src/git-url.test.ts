import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from './coded-error.ts';
import { parseGitUrl } from './git-url.ts';

describe('parseGitUrl', () => {
  it.each([
    ['ssh://git@git.example.com:2222/group/sub/project.git', 'ssh', 'git.example.com', 'group/sub/project'],
    ['ssh://git.example.com/project', 'ssh', 'git.example.com', 'project'],
    ['git@git.example.com:group/project.git', 'ssh', 'git.example.com', 'group/project'],
    ['git.example.com:/srv/git/project.git', 'ssh', 'git.example.com', 'srv/git/project'],
    ['https://Git.Example.com/group/project.git/', 'https', 'git.example.com', 'group/project'],
    ['https://dev.example.com/org/My%20Project/_git/repo', 'https', 'dev.example.com', 'org/My Project/_git/repo'],
    ['ssh://git@[::1]:2222/project.git', 'ssh', '::1', 'project'],
    ['https://git.example.com/~someone/project.git', 'https', 'git.example.com', '~someone/project'],
  ])('reads %s', (text, kind, host, repositoryPath) => {
    expect(parseGitUrl(text)).toMatchObject({ kind, host, repositoryPath });
  });

  it('says git for SSH when no user is named, and leaves the user out of an HTTPS text', () => {
    expect(parseGitUrl('ssh://host/x.git').text).toBe('ssh://git@host/x.git');
    expect(parseGitUrl('host:x.git').text).toBe('git@host:x.git');
    expect(parseGitUrl('https://me@host:8443/x.git')).toEqual({
      kind: 'https',
      host: 'host',
      port: 8443,
      user: 'me',
      path: '/x.git',
      text: 'https://host:8443/x.git',
      repositoryPath: 'x',
    });
  });

  it.each([
    ['', 'empty'],
    ['ext::sh -c id', 'space'],
    ['ext::id', 'helper'],
    ['file:///etc/passwd', 'file://'],
    ['/srv/git/project.git', 'no URL'],
    ['http://host/x.git', 'https://'],
    ['git://host/x.git', 'git://'],
    ['--upload-pack=touch', 'option'],
    ['ssh://-oProxyCommand=id/x', 'host'],
    ['ssh://-oProxyCommand=id@host/x', 'user'],
    ['ssh://a%0ab@host/x', 'user'],
    ['ssh://a%zz@host/x', '%'],
    ['-oProxyCommand=id@host:x', 'option'],
    ['git@host:-x', 'option'],
    ['https://host/a/../b', '".."'],
    ['https://host/a/%2e%2e/b', '".."'],
    ['https://host/a%0ab', 'control'],
    ['https://host/a?b=c', '"?"'],
    ['https://host:99999/a', 'port'],
    ['https://host/', 'no repository'],
    ['https:///x', 'no host'],
    ['https://host/x\n', 'control'],
    ['https://host/%zz', 'percent'],
    ['https://169.254.169.254/latest/meta-data', 'link-local'],
    ['ssh://git@0xa9fea9fe/a/b', 'link-local'],
  ])('refuses %j', (text, reason) => {
    expect(() => parseGitUrl(text)).toThrow(reason);
    expect(() => parseGitUrl(text)).toThrow(expect.objectContaining({ code: 'events/git-url-invalid' }));
  });

  it('refuses a password and does not repeat it', () => {
    const read = () => parseGitUrl('https://me:s3cret-word@host/x.git');

    expect(read).toThrow('contains a password');
    expect(read).not.toThrow('s3cret-word');
  });

  it('gives a URL that it reads the same way again, or a coded error, for any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .tuple(
          fc.constantFrom('ssh://', 'https://', 'git@', '', 'ext::', 'file://', 'HTTPS://'),
          fc.webUrl(),
          fc.string(),
        )
        .map(([prefix, url, rest]) => `${prefix}${url.replace(/^https?:\/\//, '')}${rest}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          const url = parseGitUrl(given);
          expect(parseGitUrl(url.text)).toMatchObject({
            host: url.host,
            repositoryPath: url.repositoryPath,
            text: url.text,
          });
          expect(url.text).not.toMatch(/^-|[\s\p{Cc}]/u);
        } catch (error) {
          if (!(error instanceof CodedError)) throw error;
          expect(error.code).toBe('events/git-url-invalid');
        }
      }),
    );
  });
});
