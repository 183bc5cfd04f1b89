import { describe, expect, it } from 'vitest';
import { endsInPath } from './clone-url.ts';
import { repositoryOf } from './repository-of.ts';

const host = 'git.example.com';

describe('repositoryOf', () => {
  it.each(['team/app', '/team/app/', 'team/app.git', '//team/app.GIT/'])('reads the path %s', (path) => {
    expect(repositoryOf({ path, host })).toMatchObject({
      path: 'team/app',
      name: 'app',
      sshUrl: 'git@git.example.com:team/app.git',
      httpsUrl: 'https://git.example.com/team/app.git',
    });
  });

  it.each(['', '/', '.git', 'team/../other/app', 'team/./app', '..', 'team//app', 'team\\app', 'team/a\npp'])(
    'refuses the path %j, which URLs and patterns would read as another',
    (path) => {
      expect(() => repositoryOf({ path, host })).toThrow(
        expect.objectContaining({ code: 'providers/payload-malformed' }),
      );
    },
  );

  it('refuses a path that is another one as part of a URL, and leaves one alone that no URL could hold', () => {
    expect(() => repositoryOf({ path: 'team/%61pp', host })).toThrow('is of another repository');
    expect(repositoryOf({ path: 'team/100% app', host })).toMatchObject({ path: 'team/100% app' });
  });

  it('refuses a path of millions of slashes without searching in it', () => {
    const startMs = performance.now();

    expect(() => repositoryOf({ path: `a${'/'.repeat(1_000_000)}b`, host })).toThrow('names no repository');
    expect(performance.now() - startMs).toBeLessThan(1000);
  });

  it.each([
    { sshUrl: 'git@git.example.com:Team/App.git' },
    { sshUrl: 'git@git.example.com:/team/app' },
    { sshUrl: 'ssh://git@ssh.example.com:7999/team/app.git' },
    { httpsUrl: 'https://git.example.com/team/app' },
    { httpsUrl: 'http://git.example.com/below/a/path/team/app.git' },
  ])('takes clone URLs of the repository that the path names: %j', (urls) => {
    expect(repositoryOf({ path: 'team/app', host, ...urls })).toMatchObject(urls);
  });

  it.each([
    { sshUrl: 'git@git.example.com:team/other.git' },
    { sshUrl: 'git@git.example.com:evil/team/app.git' },
    { sshUrl: 'git@git.example.com:team/%61pp.git' },
    { sshUrl: 'ssh://git@git.example.com/xteam/app.git' },
    { sshUrl: 'ssh://git@git.example.com/team/app.git.git' },
    { sshUrl: 'ssh://git@git.example.com/team/app/../other' },
    { sshUrl: 'ext::sh' },
    { sshUrl: '--upload-pack=x' },
    { sshUrl: '/srv/git/team/app.git' },
    { httpsUrl: 'https://git.example.com/xteam/app.git' },
    { httpsUrl: 'https://git.example.com/team/app/sub' },
    { httpsUrl: 'https://git.example.com/team/other?/team/app' },
    { httpsUrl: 'https://git.example.com/team/other#/team/app' },
    { httpsUrl: 'https://git.example.com/team/other%2f..%2fteam/app/../x' },
  ])('refuses clone URLs of any other repository, and those that are none: %j', (urls) => {
    expect(() => repositoryOf({ path: 'team/app', host, ...urls })).toThrow(
      expect.objectContaining({ code: 'providers/payload-malformed' }),
    );
  });

  it.each([
    ['ssh://git@git.example.com/srv/git/team/app.git', true],
    ['git@git.example.com:team/app.git', true],
    ['git@git.example.com:team/App.git', false],
    ['git@git.example.com:team/other.git', false],
    ['git@git.example.com:xteam/app.git', false],
  ])('by the rule of plain servers, reads %s: %s', (sshUrl, isRead) => {
    const read = () => repositoryOf({ path: 'team/app', host, sshUrl, namesRepository: endsInPath });

    if (isRead) expect(read()).toMatchObject({ sshUrl });
    else expect(read).toThrow('SSH URL is of another repository');
  });
});
