import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BuildFailure } from './build-failure.ts';
import { parseBuildspec } from './buildspec.ts';
import { globPattern } from './collect-files.ts';
import { notSimulated } from './not-simulated.ts';
import type { ProjectSettings } from './records.ts';

const settings: ProjectSettings = {
  source: { type: 'NO_SOURCE' },
  artifacts: { type: 'NO_ARTIFACTS' },
  environment: { type: 'LINUX_CONTAINER', image: 'aws/codebuild/standard:7.0', computeType: 'BUILD_GENERAL1_SMALL' },
  serviceRole: 'arn:aws:iam::123456789012:role/builds',
  timeoutInMinutes: 60,
};

function problem(text: string): string {
  try {
    parseBuildspec(text);
  } catch (error) {
    if (error instanceof BuildFailure) return `${error.statusCode} ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('a buildspec', () => {
  it('keeps scalars as they are written', () => {
    const text = `
version: 0.2
env: { variables: { PORT: 0080, ON: yes, NONE: } }
phases:
  install: { runtime-versions: { python: 3.10 } }
  pre_build:
  build: { commands: [&twice echo, *twice] }
artifacts: { files: ['**/*'], discard-paths: yes }
`;

    expect(parseBuildspec(text)).toMatchObject({
      env: { variables: { PORT: '0080', ON: 'yes', NONE: '' } },
      phases: { install: { 'runtime-versions': { python: '3.10' } }, build: { commands: ['echo', 'echo'] } },
      artifacts: { 'discard-paths': true },
    });
  });

  it.each([
    ['version: 0.1\nphases: {}', /version/],
    ['phases: {}', /version/],
    ['version: 0.2', /phases/],
    ['version: 0.2\nphases: { deploy: {} }', /unknown key phases\.deploy/],
    ['version: 0.2\nphases: { build: { commands: [a: b] } }', /phases\.build\.commands\.0: .*quote it/],
    ['version: 0.2\nphases: { build: { on-failure: RETRY } }', /on-failure/],
    ['version: 0.2\nphases: { pre_build: { runtime-versions: { nodejs: 22 } } }', /pre_build/],
    ['version: 0.2\nphases: {}\nbatch: {}', /unknown key batch/],
    ['version: 0.2\nenv: { parameter-store: { A: /a } }\nphases: {}', /parameter-store is not available/],
    ['version: 0.2\nphases: {}\nreports: { unit: { files: [a] } }', /reports are not available/],
    ['version: 0.2\nphases: {', /./],
    ['just text', /./],
  ])('is refused by name: %j', (text, message) => {
    expect(problem(text)).toMatch(/^YAML_FILE_ERROR /);
    expect(problem(text)).toMatch(message);
  });

  it('is never an error of ours, whatever it is', () => {
    const part = fc.constantFrom(
      'version: 0.2\n',
      'phases:\n',
      '  build:\n',
      'env:\n',
      '- ',
      '*a ',
      '&a ',
      '{',
      '!x ',
      '\0',
    );
    const text = fc.array(fc.oneof(part, fc.string()), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(fc.property(text, (given) => /^(none|YAML_FILE_ERROR )/.test(problem(given))));
  });
});

describe('runtime versions', () => {
  const wants = (name: string, version: string) =>
    parseBuildspec(`{version: 0.2, phases: {install: {runtime-versions: {${name}: ${version}}}}}`);

  it('are known ones, and the log says that the machine decides', () => {
    expect(notSimulated(wants('nodejs', '22'), settings)).toEqual([expect.stringContaining(process.version)]);
    expect(notSimulated(wants('python', '3.x'), settings)).toHaveLength(1);
    expect(() => notSimulated(wants('nodejs', '99'), settings)).toThrow("'99' of nodejs");
    expect(() => notSimulated(wants('node', '22'), settings)).toThrow("named 'node'");
  });
});

describe('artifact patterns', () => {
  it.each([
    ['**/*', ['a', '.env', 'd/a', 'd/e/a'], []],
    ['*', ['a'], ['d/a']],
    ['d/*.txt', ['d/a.txt'], ['d/e/a.txt', 'd/atxt']],
    ['d/**/*', ['d/a', 'd/e/a'], ['e/a']],
    ['./a?.(js)', ['ab.(js)'], ['a/.(js)', 'abjs']],
    ['d/', ['d/a', 'd/e/a'], ['d']],
  ])('%s', (glob, matching, others) => {
    const pattern = globPattern(glob);

    expect(matching.filter((name) => !pattern.test(name))).toEqual([]);
    expect(others.filter((name) => pattern.test(name))).toEqual([]);
  });
});
