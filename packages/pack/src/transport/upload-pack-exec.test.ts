import { parseGitUrl } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import { uploadPackExec } from './upload-pack-exec.ts';

describe('uploadPackExec', () => {
  it.each([
    ['git@h:team/app.git', "git-upload-pack 'team/app.git'"],
    ['git@h:/srv/app.git', "git-upload-pack '/srv/app.git'"],
    ['git@h:a%20b', "git-upload-pack 'a%20b'"],
    ['ssh://git@h/team/app.git', "git-upload-pack '/team/app.git'"],
    ['ssh://git@h:2222/a%20b/%C3%BC', "git-upload-pack '/a b/ü'"],
    ['ssh://git@h/~ada/app', "git-upload-pack '~ada/app'"],
    ["git@h:it's;id!", "git-upload-pack 'it'\\''s;id'\\!''"],
  ])('asks for %s as git does', (url, command) => {
    expect(uploadPackExec(parseGitUrl(url)).command).toBe(command);
  });

  it('asks as the user of the URL', () => {
    const users = ['git@h:a', 'ssh://h/a', 'ssh://a%2Bb@h/a', 'ada@h:a'].map(
      (url) => uploadPackExec(parseGitUrl(url)).user,
    );
    expect(users).toEqual(['git', 'git', 'a+b', 'ada']);
  });
});
