/** The repository that `demo` and `local` serve: small, and its build proves that modes and dot files arrived. */
export const SAMPLE_FILES: Readonly<Record<string, string | { executable: string } | { symlink: string }>> = {
  'README.md': '# demo\n\nBuilt by the pipeline that `gitsource` feeds.\n',
  '.gitignore': 'out/\n',
  'buildspec.yml': [
    'version: 0.2',
    'phases:',
    '  build:',
    '    commands:',
    '      - echo "building $(cat greeting.txt)"',
    '      - ./check.sh',
    'artifacts:',
    '  files:',
    '    - out/**/*',
    '',
  ].join('\n'),
  'greeting.txt': 'hello\n',
  'latest.txt': { symlink: 'greeting.txt' },
  'check.sh': {
    executable: [
      '#!/usr/bin/env bash',
      'set -euo pipefail',
      'test -f .gitignore',
      'test -L latest.txt',
      'mkdir -p out',
      'tr a-z A-Z < latest.txt > out/greeting.txt',
      'echo "made $(cat out/greeting.txt)"',
      '',
    ].join('\n'),
  },
};

/** With an owner, as providers and connections name repositories. */
export const SAMPLE_REPOSITORY = 'team/sample';
export const SAMPLE_BRANCH = 'main';
