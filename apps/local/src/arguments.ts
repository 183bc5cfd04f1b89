import { parseArgs } from 'node:util';

export interface DemoArguments {
  readonly command: 'demo';
  /** The user's own repository; absent = a repository that the demo makes and serves. */
  readonly gitUrl?: string;
  readonly branch: string;
  /** File whose text becomes the connection secret: an SSH private key, or JSON. */
  readonly secretFile?: string;
}

export interface LocalArguments {
  readonly command: 'local';
  readonly readyFile?: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Kept and resumed; absent = a temporary folder, removed at exit. */
  readonly data?: string;
  readonly empty: boolean;
}

/** Somebody wants to know what there is. */
export interface HelpArguments {
  readonly command: 'help';
}

export const USAGE = `usage: demo  [--git-url URL] [--branch NAME] [--secret-file FILE]
       local [--ready-file FILE] [--port N] [--data DIR] [--empty]

demo   deploys the templates into an embedded AWS, runs one pipeline execution and shows it.
       --git-url URL       your own repository (ssh://, git@host:path or https://) instead of a sample
       --branch NAME       branch or full ref; default main
       --secret-file FILE  its credentials: an SSH private key, or a connection secret as JSON
local  starts the same and stays up until interrupted.
       --ready-file FILE   written as JSON once everything is up
       --port N            port of the AWS endpoint; default: any free one
       --data DIR          state kept there and resumed; default: a temporary folder, removed at exit
       --empty             deploy nothing: rehearse the deployment yourself`;

/** A wrong command line; the message is for the person who typed it. */
export class UsageError extends Error {}

/** Parses the words after the program's name; throws UsageError. */
export function parseArguments(words: readonly string[]): DemoArguments | LocalArguments | HelpArguments {
  if (words.some((word) => word === '--help' || word === '-h')) return { command: 'help' };
  // `pnpm demo -- --branch x` hands the separator on.
  const [command, ...rest] = words.filter((word) => word !== '--');
  if (command === 'demo') return parseDemo(rest);
  if (command === 'local') return parseLocal(rest);
  throw new UsageError(command === undefined ? 'no command given' : `unknown command ${JSON.stringify(command)}`);
}

function parseDemo(args: string[]): DemoArguments {
  const values = readOptions(args, {
    'git-url': { type: 'string' },
    branch: { type: 'string', default: 'main' },
    'secret-file': { type: 'string' },
  } as const);
  if (values['secret-file'] !== undefined && values['git-url'] === undefined) {
    throw new UsageError('--secret-file needs --git-url: the sample repository brings its own key');
  }
  return {
    command: 'demo',
    branch: values.branch,
    ...(values['git-url'] !== undefined && { gitUrl: values['git-url'] }),
    ...(values['secret-file'] !== undefined && { secretFile: values['secret-file'] }),
  };
}

function parseLocal(args: string[]): LocalArguments {
  const values = readOptions(args, {
    'ready-file': { type: 'string' },
    port: { type: 'string', default: '0' },
    data: { type: 'string' },
    empty: { type: 'boolean', default: false },
  } as const);
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
    throw new UsageError(`--port must be a number from 0 to 65535, not ${JSON.stringify(values.port)}`);
  }
  return {
    command: 'local',
    port: Number(values.port),
    empty: values.empty,
    ...(values['ready-file'] !== undefined && { readyFile: values['ready-file'] }),
    ...(values.data !== undefined && { data: values.data }),
  };
}

function readOptions<const T extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(
  args: string[],
  options: T,
) {
  try {
    return parseArgs({ args, options, allowPositionals: false, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
