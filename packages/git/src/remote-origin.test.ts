import { parseGitUrl } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import { isSameOrigin, resolveSubmoduleUrl } from './remote-origin.ts';

describe('resolveSubmoduleUrl', () => {
  it.each([
    ['https://h/team/app.git', '../lib.git', 'https://h/team/lib.git'],
    ['https://h/team/app.git/', '../lib.git', 'https://h/team/lib.git'],
    ['https://h:8443/team/app', '../../other/lib', 'https://h:8443/other/lib'],
    ['https://h/team/app', './sub', 'https://h/team/app/sub'],
    ['ssh://git@h:22/team/app', '../lib', 'ssh://git@h:22/team/lib'],
    ['git@h:team/app.git', '../lib.git', 'git@h:team/lib.git'],
    ['git@h:app.git', '../lib.git', 'git@h:lib.git'],
    ['git@h:team/app.git', '../../lib.git', 'git@h:lib.git'],
    ['https://h/team/app', 'https://other/lib', 'https://other/lib'],
  ])('%s with %s is %s', (parent, url, expected) => {
    expect(resolveSubmoduleUrl(parseGitUrl(parent), url).text).toBe(expected);
  });

  it.each(['../../../lib', '/etc/lib', 'http://h/lib', 'https://ada:secret@h/lib', ''])('refuses %s', (url) => {
    const resolve = () => resolveSubmoduleUrl(parseGitUrl('https://h/team/app'), url);

    expect(resolve).toThrow(expect.objectContaining({ code: 'git/submodule-failed' }));
    expect(resolve).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret@') }));
  });
});

describe('isSameOrigin', () => {
  it.each([
    ['https://h/a', 'https://H:443/b', true],
    ['git@h:a', 'ssh://git@h/b', true],
    ['https://h/a', 'https://h:8443/b', false],
    ['https://h/a', 'ssh://git@h/b', false],
    ['https://h/a', 'https://h.evil/b', false],
  ])('%s and %s: %s', (left, right, expected) => {
    expect(isSameOrigin(parseGitUrl(left), parseGitUrl(right))).toBe(expected);
  });
});
