import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

/** One way from a commit to an object in S3, as lines of shell. */
export interface Way {
  readonly name: string;
  /** What must be installed; where it is not, the way is left out. */
  readonly needs: readonly Need[];
  readonly lines: string;
  /** The zip, where the way leaves one. */
  readonly zip?: string;
}

type Need = 'git' | 'zip' | 'aws' | 'boto3';

const BARE_FETCH = 'git init -q --bare b && cd b && git fetch -q --depth 1 "$URL" HEAD:refs/heads/main';
const UPLOAD = 'aws s3 cp --only-show-errors ../out.zip "s3://$BUCKET/$KEY"';

/** Zip and upload as a program in Python does them that nobody has tuned. */
const PYTHON = `
import os, sys, zipfile, boto3
with zipfile.ZipFile('../out.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
    for folder, folders, files in os.walk('.'):
        if folder == '.': folders.remove('.git')
        for name in files:
            if os.path.exists(os.path.join(folder, name)): archive.write(os.path.join(folder, name))
boto3.client('s3').upload_file('../out.zip', os.environ['BUCKET'], os.environ['KEY'])
`;

/** One process, its start included, with one pool of memory, as the templates say, and the small young generation of Lambda's Node. */
export const OURS: Way = {
  name: 'gitsource',
  needs: [],
  lines: 'MALLOC_ARENA_MAX=1 "$NODE" --max-semi-space-size=8 "$PROGRAM" "$URL" "$BUCKET" "$KEY" $THREADS',
};

/** What AWS's published sample does: a checkout, Info-ZIP over all of it but `.git`, and the upload. */
export const CLONE_AND_ZIP: Way = {
  name: 'clone, zip -r, aws s3 cp',
  needs: ['git', 'zip', 'aws'],
  lines: `git clone -q --depth 1 "$URL" c && cd c && zip -qry ../out.zip . -x '.git/*' && ${UPLOAD}`,
  zip: 'out.zip',
};

export const PEERS: readonly Way[] = [
  CLONE_AND_ZIP,
  {
    name: 'clone, Python zipfile, boto3',
    needs: ['git', 'boto3'],
    lines: `git clone -q --depth 1 "$URL" c && cd c && python3 -c "$PYTHON"`,
    zip: 'out.zip',
  },
  {
    name: 'fetch, git archive, aws s3 cp',
    needs: ['git', 'aws'],
    lines: `${BARE_FETCH} && git archive --format=zip -o ../out.zip main && ${UPLOAD}`,
    zip: 'out.zip',
  },
];

/** No zip and no upload at all: the fetch, then every blob read once, on two cores. */
export const FLOOR: Way = {
  name: 'floor: fetch, read every blob',
  needs: ['git'],
  lines: [
    BARE_FETCH,
    'git ls-tree -r main | awk \'{ print $3 > (NR % 2 ? "odd" : "even") }\'',
    'git cat-file --batch < odd > /dev/null &',
    'git cat-file --batch < even > /dev/null',
    'wait',
  ].join('\n'),
};

/** Nothing of the machine's own configuration, and the programs themselves: wrappers of version managers take time. */
export function wayEnvironment(): Record<string, string> {
  const { stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  const python = stdout?.trim() ?? '';
  return {
    PATH: `${python === '' ? '' : `${dirname(python)}:`}${process.env.PATH}`,
    PYTHON,
    NODE: process.execPath,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

const TRIALS: Readonly<Record<Need, readonly [string, ...string[]]>> = {
  git: ['git', '--version'],
  zip: ['zip', '--version'],
  aws: ['aws', '--version'],
  boto3: ['python3', '-c', 'import boto3'],
};

/** What a way needs and this machine has not. */
export function missing({ needs }: Way, env: Readonly<Record<string, string>>): readonly Need[] {
  return needs.filter((need) => {
    const [program, ...args] = TRIALS[need];
    return spawnSync(program, args, { env, stdio: 'ignore' }).status !== 0;
  });
}
