import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { type Certificates, createCertificates } from './certificates.ts';
import type { Fault } from './fault.ts';
import { runGit } from './git-program.ts';
import { startHttpsServer } from './https-server.ts';
import { type Access, isRepositoryName, ServerState } from './server-state.ts';
import { generateKeyPair, type SshKeyKind } from './ssh-key-pair.ts';
import { startSshServer } from './ssh-server.ts';

export interface GitServerOptions {
  /** Holds host key, certificates, `state.json` and the bare repositories; a folder used before is served again. */
  readonly folder: string;
  /** Default: chosen by the system. */
  readonly port?: { readonly ssh?: number; readonly https?: number };
  /** Kind of a newly made SSH host key. Default `ed25519`. */
  readonly hostKey?: SshKeyKind;
}

export interface RepositoryOptions {
  /** Default `sha1`. */
  readonly objectFormat?: 'sha1' | 'sha256';
  /** `public` may be read over HTTPS without a password. SSH always needs an allowed key. Default `private`. */
  readonly access?: Access;
  /** Name of the branch HEAD points at. Default `main`. */
  readonly defaultBranch?: string;
}

export interface LocalRepository {
  readonly name: string;
  /** The bare repository on disk. */
  readonly folder: string;
  readonly sshUrl: string;
  readonly httpsUrl: string;
}

export interface GitServer {
  readonly ssh: {
    readonly host: '127.0.0.1';
    readonly port: number;
    /** Lines of `known_hosts` for this server. */
    readonly knownHosts: string;
    /** Whoever adds a line to it lets one more key in, as `allowKey` does. */
    readonly authorizedKeysFile: string;
  };
  readonly https: {
    /** `https://127.0.0.1:PORT` */
    readonly origin: string;
    /** PEM of the authority that a client must trust. */
    readonly caCertificate: string;
  };
  /** Creates a bare repository `team/app`, or returns the one that is there. */
  readonly createRepository: (name: string, options?: RepositoryOptions) => Promise<LocalRepository>;
  /** Folder of the bare repository `team/app`; undefined where there is none. */
  readonly findRepository: (name: string) => string | undefined;
  /** Lets the owner of an SSH key (one line of `authorized_keys`) read and push every repository. */
  readonly allowKey: (publicKey: string) => void;
  /** Lets a user read and push every repository over HTTPS. */
  readonly allowUser: (user: string, password: string) => void;
  /** Makes both servers misbehave until called with `undefined`. */
  readonly setFault: (fault: Fault | undefined) => void;
  readonly close: () => Promise<void>;
}

/** Starts Git over SSH and over HTTPS on loopback, with real keys and certificates and nothing installed but git. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const state = new ServerState(options.folder);
  const hostKey = keep(options.folder, 'host-key', () => generateKeyPair(options.hostKey, 'host').privateKey);
  const certificates = await keepCertificates(options.folder);
  const ssh = await startSshServer(state, hostKey, options.port?.ssh ?? 0);
  const https = await startHttpsServer(state, certificates, options.port?.https ?? 0);
  const origin = `https://127.0.0.1:${https.port}`;
  const sshOrigin = `ssh://git@127.0.0.1:${ssh.port}`;
  return {
    ssh: {
      host: '127.0.0.1',
      port: ssh.port,
      knownHosts: knownHostsLine(ssh.port, hostKey),
      authorizedKeysFile: state.authorizedKeysFile,
    },
    https: { origin, caCertificate: certificates.caCertificate },
    createRepository: async (name, repositoryOptions = {}) => {
      const folder = await createBare(state, name, repositoryOptions);
      const path = encodeURI(`${name}.git`);
      return { name, folder, sshUrl: `${sshOrigin}/${path}`, httpsUrl: `${origin}/${path}` };
    },
    findRepository: (name) => state.findRepository(name)?.folder,
    allowKey: (publicKey) => state.allowKey(publicKey),
    allowUser: (user, password) => state.allowUser(user, password),
    setFault: (fault) => {
      state.fault = fault;
    },
    close: async () => {
      await Promise.all([ssh.close(), https.close()]);
    },
  };
}

async function createBare(state: ServerState, name: string, options: RepositoryOptions): Promise<string> {
  if (!isRepositoryName(name)) throw new Error(`"${name}" is not a repository name such as team/app`);
  const folder = join(state.repositoriesFolder, `${name}.git`);
  if (options.access !== undefined || !existsSync(folder)) state.setAccess(name, options.access ?? 'private');
  if (existsSync(join(folder, 'HEAD'))) return folder;
  mkdirSync(folder, { recursive: true });
  const format = `--object-format=${options.objectFormat ?? 'sha1'}`;
  await runGit(folder, ['init', '--quiet', '--bare', format, `--initial-branch=${options.defaultBranch ?? 'main'}`]);
  for (const setting of ['allowAnySHA1InWant', 'allowFilter']) {
    await runGit(folder, ['config', `uploadpack.${setting}`, 'true']);
  }
  return folder;
}

function knownHostsLine(port: number, hostKey: string): string {
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  return `[127.0.0.1]:${port} ${key.type} ${key.getPublicSSH().toString('base64')}\n`;
}

async function keepCertificates(folder: string): Promise<Certificates> {
  const file = join(folder, 'certificates.json');
  const made = existsSync(file) ? undefined : await createCertificates();
  return JSON.parse(keep(folder, 'certificates.json', () => JSON.stringify(made))) as Certificates;
}

function keep(folder: string, name: string, make: () => string): string {
  const file = join(folder, name);
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}
