import { describe, expect, it } from 'vitest';
import { parseArguments, UsageError } from './arguments.ts';

describe('parseArguments', () => {
  it('gives the demo its defaults', () => {
    expect(parseArguments(['demo'])).toEqual({ command: 'demo', branch: 'main' });
  });

  it("takes the user's own repository", () => {
    expect(parseArguments(['demo', '--git-url', 'git@h:a/b.git', '--branch', 'dev', '--secret-file', 'k'])).toEqual({
      command: 'demo',
      gitUrl: 'git@h:a/b.git',
      branch: 'dev',
      secretFile: 'k',
    });
  });

  it('takes every option of local, after a separator too', () => {
    expect(parseArguments(['local', '--', '--ready-file', 'f', '--port', '4566', '--data', 'd', '--empty'])).toEqual({
      command: 'local',
      readyFile: 'f',
      port: 4566,
      data: 'd',
      empty: true,
    });
  });

  it.each([[['--help']], [['local', '-h']], [['demo', '--branch', 'x', '--help']]])(
    'takes %j for a question',
    (words) => {
      expect(parseArguments(words)).toEqual({ command: 'help' });
    },
  );

  it.each([
    [[], 'no command'],
    [['dmeo'], 'unknown command "dmeo"'],
    [['local', '--prot', '1'], '--prot'],
    [['local', '--port', '70000'], '"70000"'],
    [['demo', '--secret-file', 'f'], '--git-url'],
  ])('refuses %j, naming what is wrong', (words, expected) => {
    expect(() => parseArguments(words)).toThrow(UsageError);
    expect(() => parseArguments(words)).toThrow(expected);
  });
});
