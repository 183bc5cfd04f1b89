import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { GitError } from './errors.ts';

/** What every git command of one fetch shares. */
export interface GitContext {
  /** The whole environment of the process: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Point in time, in milliseconds since the epoch, when everything must be over. */
  readonly deadline: number;
  readonly totalMs: number;
  /** A command that neither reads nor prints for so long is taken for hanging. */
  readonly idleMs: number;
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** The last {@link MAX_STDERR_BYTES} of it. */
  readonly stderr: string;
}

export interface StartedGit {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when the process is gone; rejects with `git/timeout`, `git/aborted` or `git/git-missing`. */
  readonly finished: Promise<{ readonly exitCode: number; readonly stderr: string }>;
  readonly kill: () => void;
  /** Starts the idle time anew: something was read. */
  readonly refresh: () => void;
}

/** Enough for every message git prints; progress before it does not matter. */
const MAX_STDERR_BYTES = 64 * 1024;
/** Lists of refs and paths are read whole; 256 MiB hold some two million of them. */
const MAX_STDOUT_BYTES = 256 * 1024 * 1024;
/** Between the polite and the certain end of a process group. */
const KILL_AFTER_MS = 2000;

/** Runs git to its end. A status other than 0 is a value: the caller knows what it means. */
export async function runGit(
  context: GitContext,
  args: readonly string[],
  options: { readonly folder?: string; readonly input?: string } = {},
): Promise<GitResult> {
  const git = startGit(context, args, options.folder, 'timed');
  git.stdin.end(options.input ?? '');
  const chunks: Buffer[] = [];
  let length = 0;
  git.stdout.on('data', (chunk: Buffer) => {
    git.refresh();
    length += chunk.length;
    if (length > MAX_STDOUT_BYTES) git.kill();
    else chunks.push(chunk);
  });
  const { exitCode, stderr } = await git.finished;
  return { exitCode, stderr, stdout: Buffer.concat(chunks).toString('utf8') };
}

/**
 * Starts git in a process group of its own, so that ssh and the remote helpers end with it. Only `timed` commands have
 * time limits: a local one that streams waits for its reader as long as that takes.
 */
export function startGit(
  context: GitContext,
  args: readonly string[],
  folder?: string,
  limits: 'timed' | 'untimed' = 'untimed',
): StartedGit {
  return startProgram({ program: 'git', folder, limits, toMissing: missingGit }, context, args);
}

/** Starts the system's `ssh` in the same way, without time limits. `toMissing` says that there is none. */
export function startSsh(
  context: GitContext,
  args: readonly string[],
  toMissing: (cause: Error) => GitError,
): StartedGit {
  return startProgram({ program: 'ssh', folder: undefined, limits: 'untimed', toMissing }, context, args);
}

interface ProgramStart {
  readonly program: 'git' | 'ssh';
  readonly folder: string | undefined;
  readonly limits: 'timed' | 'untimed';
  readonly toMissing: (cause: Error) => GitError;
}

function startProgram(start: ProgramStart, context: GitContext, args: readonly string[]): StartedGit {
  if (context.signal?.aborted === true) throw abortError(args);
  const child = spawn(start.program, [...args], {
    env: { ...context.environment },
    ...(start.folder === undefined ? {} : { cwd: start.folder }),
    stdio: 'pipe',
    detached: true,
  });
  // A process that ended early closes its input; its status says why.
  child.stdin.on('error', () => undefined);
  return { stdin: child.stdin, stdout: child.stdout, ...watchProcess(child, start, context, args) };
}

function watchProcess(
  child: ChildProcess,
  { limits, toMissing }: ProgramStart,
  context: GitContext,
  args: readonly string[],
) {
  let stderr = '';
  let failure: GitError | undefined;
  const kill = () => killGroup(child);
  const fail = (error: GitError) => {
    failure ??= error;
    kill();
  };
  const leftMs = Math.max(0, context.deadline - Date.now());
  const total = setTimeout(() => fail(timeoutError(args, context.totalMs, 'in all')), leftMs);
  const idle = setTimeout(() => fail(timeoutError(args, context.idleMs, 'without a sign of life')), context.idleMs);
  if (limits === 'untimed') for (const timer of [total, idle]) clearTimeout(timer);
  const refresh = () => {
    if (limits === 'timed') idle.refresh();
  };
  const onAbort = () => fail(abortError(args));
  context.signal?.addEventListener('abort', onAbort, { once: true });
  child.stderr?.on('data', (chunk: Buffer) => {
    refresh();
    stderr = (stderr + chunk.toString('utf8')).slice(-MAX_STDERR_BYTES);
  });
  const finished = new Promise<{ exitCode: number; stderr: string }>((resolve, reject) => {
    const end = () => {
      clearTimeout(total);
      clearTimeout(idle);
      context.signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (cause) => {
      end();
      reject(failure ?? toMissing(cause));
    });
    child.on('close', (code) => {
      end();
      if (failure === undefined) resolve({ exitCode: code ?? 128, stderr });
      else reject(failure);
    });
  });
  // Callers that stream may look at the result only after the stream; a rejection must not end the program before.
  finished.catch(() => undefined);
  return { finished, kill, refresh };
}

function killGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  signalGroup(pid, 'SIGTERM');
  const force = setTimeout(() => signalGroup(pid, 'SIGKILL'), KILL_AFTER_MS);
  child.once('close', () => clearTimeout(force));
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

function verb(args: readonly string[]): string {
  return args.find((arg) => /^[a-z]/.test(arg)) ?? 'command';
}

function timeoutError(args: readonly string[], limitMs: number, what: string): GitError {
  const message = `git ${verb(args)} was stopped after ${Math.round(limitMs / 100) / 10} s ${what}.`;
  return new GitError(
    'git/timeout',
    `${message} Check that the Git server answers, and the network and proxy between.`,
  );
}

function abortError(args: readonly string[]): GitError {
  return new GitError('git/aborted', `git ${verb(args)} was stopped because the caller gave up.`);
}

function missingGit(cause: Error): GitError {
  const remedy = 'Install git 2.30 or newer and put it on PATH.';
  return new GitError('git/git-missing', `git could not be started. ${remedy}`, { cause });
}
