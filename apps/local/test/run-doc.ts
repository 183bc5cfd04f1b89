import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_FOLDER, type Rehearsal } from './rehearsal.ts';

const run = promisify(execFile);

/** AWS_ENDPOINT_URL is known from 1.29.25 and 2.13 on. */
export function hasAwsCli(): boolean {
  const [, major, minor] =
    /aws-cli\/(\d+)\.(\d+)/.exec(spawnSync('aws', ['--version'], { encoding: 'utf8' }).stdout ?? '') ?? [];
  return major === '1' ? Number(minor) >= 30 : Number(major) > 2 || (major === '2' && Number(minor) >= 13);
}

export interface DocBlock {
  /** Number in the heading above it, `## 3. …`. */
  readonly section: number;
  readonly commands: string;
}

/** The blocks that a page of docs marks as runnable, in its order. */
export async function readBlocks(page: string): Promise<DocBlock[]> {
  const text = await readFile(join(PROJECT_FOLDER, 'docs', page), 'utf8');
  return text.split(/^## /m).flatMap((part) =>
    [...part.matchAll(/<!-- run -->\n```sh\n([\s\S]*?)```/g)].map(([, commands = '']) => ({
      section: Number(/^\d+/.exec(part)?.[0]),
      commands,
    })),
  );
}

/** Version 1 of the CLI does not look at AWS_ENDPOINT_URL for SQS. */
const AWS = 'aws() { if [ "$1" = sqs ]; then set -- --endpoint-url "$AWS_ENDPOINT_URL" "$@"; fi; command aws "$@"; }';

/** One terminal session at the root of a checkout, with the AWS CLI pointed at a rehearsal's account. */
export interface DocSession {
  /** Stands for the checkout; what the commands write is here. */
  readonly folder: string;
  /** Runs commands and returns what they print; what they set and export stays for the next ones. */
  readonly shell: (commands: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function openDocSession(
  { aws }: Pick<Rehearsal, 'aws'>,
  variables: Readonly<Record<string, string>>,
): Promise<DocSession> {
  const folder = await mkdtemp(join(tmpdir(), 'gitsource-doc-'));
  for (const name of ['apps', 'cloudformation', 'hooks']) await symlink(join(PROJECT_FOLDER, name), join(folder, name));
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_ENDPOINT_URL: aws.endpointUrl,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    AWS_PAGER: '',
    ...variables,
  };
  return {
    folder,
    shell: async (commands) => {
      const session = `if [ -f session ]; then . ./session; fi\n${AWS}\nset -a\n${commands}\nset +a\n{ export -p; declare -f; } > session`;
      const options = { cwd: folder, maxBuffer: 16 * 1024 * 1024, env };
      return (await run('bash', ['-euo', 'pipefail', '-c', session], options)).stdout;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
