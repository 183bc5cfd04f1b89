import { describe, expect, it } from 'vitest';
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

  it('refuses a path of millions of slashes without searching in it', () => {
    const startMs = performance.now();

    expect(() => repositoryOf({ path: `a${'/'.repeat(1_000_000)}b`, host })).toThrow('names no repository');
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});
