import type { GitUrl } from '@gitsource/events';
import { classifyFailure } from './classify-failure.ts';
import type { GitCredentials } from './credentials.ts';
import type { GitError } from './errors.ts';
import { type GitContext, type StartedGit, startSsh } from './git-process.ts';
import { type GitSession, openGitSession } from './git-session.ts';
import { remoteFailure } from './remote-failure.ts';

export interface SshChannelRequest {
  /** Of kind `ssh`. */
  readonly remote: GitUrl;
  readonly credentials: GitCredentials;
  /** Who asks, and for what: `git`, and `git-upload-pack '/team/app.git'`. */
  readonly exec: { readonly user: string; readonly command: string };
  /** Exists or is made; the credentials in it are removed when the server's first bytes are there. */
  readonly workFolder: string;
  /** The outer environment; only PATH, TMPDIR and the proxy variables are used. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** Both ends of a command on the server. */
export interface SshChannel {
  readonly chunks: AsyncIterator<Uint8Array>;
  readonly write: (text: string) => void;
  /**
   * Asked when nothing more comes although it should: what git would say then; `undefined` after a good end. Rejects with
   * `git/ssh-missing`.
   */
  readonly explainEnd: () => Promise<GitError | undefined>;
  readonly close: () => void;
}

/** None is used: the channel's reader has limits of its own. */
const NO_LIMITS = { deadline: 0, totalMs: 0, idleMs: 0 };

/**
 * Runs a command on the server by the system's `ssh`, called as git calls it, in version 2 of git's protocol. Time limits are
 * the reader's, but for the 20 s of connecting. Errors: `git/key-*`, `git/host-key-unknown`, `git/disk-full`.
 */
export async function openSshChannel(request: SshChannelRequest): Promise<SshChannel> {
  const { remote, credentials, exec, workFolder, environment, signal } = request;
  signal?.throwIfAborted();
  const session = await openGitSession({ remote, credentials, workFolder, environment, idleMs: 0 });
  const context: GitContext = { ...NO_LIMITS, environment: { ...session.environment, GIT_PROTOCOL: 'version=2' } };
  const port = remote.port === undefined ? [] : ['-p', String(remote.port)];
  const target = [...port, `${exec.user}@${remote.host}`, exec.command];
  const ssh = startSsh(context, [...session.sshOptions, '-o', 'SendEnv=GIT_PROTOCOL', ...target], (cause) =>
    remoteFailure('ssh-missing', remote, '', cause),
  );
  let disposed: Promise<void> | undefined;
  const dispose = () => {
    disposed ??= session.dispose();
    return disposed;
  };
  // What cannot be removed is left to whoever made the work folder.
  void ssh.finished.then(dispose, dispose).catch(() => undefined);
  const chunks: AsyncIterator<Uint8Array> = ssh.stdout[Symbol.asyncIterator]();
  const next = async () => {
    const step = await chunks.next();
    // Who hears the server has been let in, and does not prove itself again.
    await dispose();
    return step;
  };
  return {
    chunks: { next },
    write: (text) => void ssh.stdin.write(text),
    explainEnd: () => explainEnd(remote, session, ssh),
    close: ssh.kill,
  };
}

async function explainEnd(remote: GitUrl, { secrets }: GitSession, ssh: StartedGit): Promise<GitError | undefined> {
  const { exitCode, stderr } = await ssh.finished;
  if (exitCode === 0) return undefined;
  // Git adds this line, by which an end without words is known.
  return classifyFailure(
    remote,
    { exitCode, stderr: `${stderr}\nfatal: Could not read from remote repository.` },
    secrets,
  );
}
