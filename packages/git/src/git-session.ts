import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitUrl } from '@gitsource/events';
import type { GitCredentials } from './credentials.ts';
import { GitError } from './errors.ts';
import { keyscanCommand, knownHostsFor } from './known-hosts.ts';
import { parsePrivateKey } from './private-key.ts';
import { originOf } from './remote-origin.ts';

/** A folder (0700) with this remote's credentials as files (0600), and the environment that points git at it. */
export interface GitSession {
  readonly environment: Readonly<Record<string, string>>;
  /** What `ssh` is called with by git, and by whoever calls it without git; empty where the remote is not of SSH. */
  readonly sshOptions: readonly string[];
  /** The secret strings, for the redaction of messages. */
  readonly secrets: readonly string[];
  readonly dispose: () => Promise<void>;
}

/** What git and curl need of the outer environment; everything else stays outside. */
const PASSED_ON = ['PATH', 'TMPDIR', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const CONNECT_SECONDS = 20;
/** Half a minute of silence on an SSH connection that should answer keep-alives every ten seconds. */
const SSH_OPTIONS = [
  'BatchMode=yes',
  'StrictHostKeyChecking=yes',
  'GlobalKnownHostsFile=/dev/null',
  'UpdateHostKeys=no',
  'IdentitiesOnly=yes',
  'IdentityAgent=none',
  'PreferredAuthentications=publickey',
  'ForwardAgent=no',
  'ClearAllForwardings=yes',
  'PermitLocalCommand=no',
  `ConnectTimeout=${CONNECT_SECONDS}`,
  'ServerAliveInterval=10',
  'ServerAliveCountMax=3',
];

export interface SessionRequest {
  readonly remote: GitUrl;
  readonly credentials: GitCredentials;
  readonly workFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** HTTPS transfers slower than 1 byte/s for so long are given up. */
  readonly idleMs: number;
}

/** Writes the credentials. Errors: `git/key-*`, `git/credentials-invalid`, `git/host-key-unknown`, `git/disk-full`. */
export async function openGitSession(request: SessionRequest): Promise<GitSession> {
  await mkdir(request.workFolder, { recursive: true });
  const folder = await mkdtemp(join(request.workFolder, 'credentials-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    await chmod(folder, 0o700);
    const sshOptions = request.remote.kind === 'ssh' ? await writeSshFiles(folder, request) : [];
    const ssh = request.remote.kind === 'ssh' ? ['ssh', ...sshOptions.map(shellQuote)].join(' ') : 'false';
    await writeSecret(join(folder, '.gitconfig'), await configuration(folder, request));
    return {
      environment: environmentFor(folder, ssh, request.environment),
      sshOptions,
      secrets: secretsOf(request.credentials),
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function environmentFor(folder: string, ssh: string, outer: SessionRequest['environment']): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of PASSED_ON.flatMap((upper) => [upper, upper.toLowerCase()])) {
    const value = outer[name];
    if (value !== undefined && value !== '') passed[name] = value;
  }
  return {
    ...passed,
    // An empty home, so that curl finds no .netrc and git 2.30 finds no other configuration.
    HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: join(folder, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_ALLOW_PROTOCOL: 'https:ssh',
    GIT_SSH_COMMAND: ssh,
    GIT_SSH_VARIANT: 'ssh',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_DEFAULT_REF_FORMAT: 'files',
  };
}

async function writeSshFiles(folder: string, { remote, credentials }: SessionRequest): Promise<string[]> {
  const knownHosts = knownHostsFor(remote.host, credentials.knownHosts);
  if (knownHosts === undefined) throw hostKeyUnknown(remote);
  await writeSecret(join(folder, 'known_hosts'), knownHosts);
  const options = [...SSH_OPTIONS, `UserKnownHostsFile=${sshPath(join(folder, 'known_hosts'))}`];
  if (credentials.kind === 'ssh') {
    await writeSecret(join(folder, 'identity'), parsePrivateKey(credentials.privateKey));
    options.push(`IdentityFile=${sshPath(join(folder, 'identity'))}`);
  } else {
    options.push('IdentityFile=none');
  }
  return ['-F', '/dev/null', ...options.flatMap((option) => ['-o', option])];
}

/** Says which key is missing and exactly how to get it. */
export function hostKeyUnknown(remote: GitUrl): GitError {
  const command = keyscanCommand(remote.host, remote.port);
  const remedy = `Print it with \`${command}\`, compare it with what the server's owner publishes, and put the lines into "knownHosts" of the credentials secret.`;
  return new GitError('git/host-key-unknown', `No host key of the SSH server ${remote.host} is known. ${remedy}`);
}

async function configuration(folder: string, { remote, credentials, idleMs }: SessionRequest): Promise<string> {
  const lines = [
    '[protocol]\n\tversion = 2',
    '[http]\n\tfollowRedirects = initial',
    `\tlowSpeedLimit = 1\n\tlowSpeedTime = ${Math.max(1, Math.ceil(idleMs / 1000))}`,
    '[gc]\n\tauto = 0\n[maintenance]\n\tauto = false',
    '[fetch]\n\tunpackLimit = 1\n\trecurseSubmodules = false',
    '[core]\n\tlogAllRefUpdates = false\n\thooksPath = /dev/null',
    '[advice]\n\tdetachedHead = false',
    '[log]\n\tshowSignature = false',
    '[credential]\n\thelper =',
  ];
  if (credentials.kind === 'https' && remote.kind === 'https') {
    const store = join(folder, 'store');
    await writeSecret(store, storeLine(remote, credentials.username, credentials.password));
    lines.push(`\thelper = ${configQuote(`store --file=${shellQuote(store)}`)}`);
  }
  if (credentials.caCertificate !== undefined && remote.kind === 'https') {
    const authority = join(folder, 'ca.pem');
    await writeSecret(authority, `${credentials.caCertificate.replace(/\r\n?/g, '\n').trim()}\n`);
    lines.push(`[http ${configQuote(`${originOf(remote)}/`)}]\n\tsslCAInfo = ${configQuote(authority)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** One line of `git credential-store`: it answers for this host and port only, so a redirect or submodule elsewhere gets nothing. */
function storeLine(remote: GitUrl, username: string, password: string): string {
  assertOneLine(username + password);
  const [, authority = ''] = originOf(remote).split('://');
  return `https://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${authority}\n`;
}

/** Of a user name and a password. Throws `git/credentials-invalid`. */
export function assertOneLine(text: string): void {
  if (!/[\r\n\0]/.test(text)) return;
  const remedy = 'Store the bare user name and password or token in the credentials secret.';
  throw new GitError('git/credentials-invalid', `The user name or password contains a line end. ${remedy}`);
}

/** What no message may show. */
export function secretsOf(credentials: GitCredentials): readonly string[] {
  if (credentials.kind === 'https') return [credentials.password, encodeURIComponent(credentials.password)];
  return credentials.kind === 'ssh' ? [credentials.privateKey] : [];
}

function writeSecret(file: string, content: string): Promise<void> {
  return writeFile(file, content, { mode: 0o600 });
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function configQuote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** ssh splits paths at spaces unless quoted, and expands `%`. */
function sshPath(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}
