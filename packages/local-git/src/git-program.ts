import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** An environment in which git sees no configuration but the repository's own, and asks nobody anything. */
export function isolatedEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    ...extra,
  };
}

export interface RunGitOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to git's standard input. */
  readonly input?: string | Buffer;
}

/** Runs git in a folder and returns its standard output without the last line end; a failure throws with its stderr. */
export async function runGit(folder: string, args: readonly string[], options: RunGitOptions = {}): Promise<string> {
  const running = execFileAsync('git', [...args], {
    cwd: folder,
    env: isolatedEnvironment(options.environment),
    maxBuffer: 256 * 1024 * 1024,
  });
  running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(options.input ?? '');
  const { stdout } = await running;
  return stdout.replace(/\n$/, '');
}

/** Starts git with piped streams, for the servers. */
export function spawnGit(args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  return spawn('git', [...args], { env: isolatedEnvironment(environment), stdio: 'pipe' });
}
