import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  commitFiles,
  type GitServer,
  generateKeyPair,
  type LocalRepository,
  startGitServer,
} from '@gitsource/local-git';
import type { ServedRepository } from './ready-file.ts';
import { SAMPLE_BRANCH, SAMPLE_FILES, SAMPLE_REPOSITORY } from './sample-repository.ts';

/** The sample repository, served over SSH and HTTPS, with the credentials that open it. */
export interface ServedGit {
  readonly repository: LocalRepository;
  readonly served: ServedRepository;
  /** Text of the private key in `served.privateKeyFile`. */
  readonly privateKey: string;
  readonly caCertificate: string;
  readonly user: string;
  readonly password: string;
  /** Lets one more key in, of one line as `ssh-keygen` prints it. */
  readonly allowKey: GitServer['allowKey'];
  /** Serves one more repository, open to the same credentials. */
  readonly createRepository: GitServer['createRepository'];
  readonly setFault: GitServer['setFault'];
  /** Bare repository that connections reach by a full name: `team/app`. */
  readonly findConnected: (fullRepositoryId: string) => string | undefined;
  close(): Promise<void>;
}

/** Serves the sample repository from `folder`; a folder used before keeps its keys, ports and commits. */
export async function serveGit(folder: string): Promise<ServedGit> {
  await mkdir(folder, { recursive: true });
  const server = await startOnKeptPorts(folder);
  const keys = await keptKeyPair(folder);
  server.allowKey(keys.publicKey);
  server.allowUser(USER, keys.password);
  const repository = await server.createRepository(SAMPLE_REPOSITORY);
  if (!existsSync(join(repository.folder, 'refs', 'heads', SAMPLE_BRANCH))) {
    await commitFiles(repository.folder, SAMPLE_BRANCH, { message: 'Start the sample\n', files: SAMPLE_FILES });
  }
  const caCertificateFile = join(folder, 'ca.pem');
  await writeFile(caCertificateFile, server.https.caCertificate);
  return {
    repository,
    served: {
      name: repository.name,
      sshUrl: repository.sshUrl,
      httpsUrl: repository.httpsUrl,
      knownHosts: server.ssh.knownHosts,
      caCertificateFile,
      privateKeyFile: join(folder, 'client-key'),
      authorizedKeysFile: server.ssh.authorizedKeysFile,
      bareRepository: repository.folder,
    },
    privateKey: keys.privateKey,
    caCertificate: server.https.caCertificate,
    user: USER,
    password: keys.password,
    allowKey: server.allowKey,
    createRepository: server.createRepository,
    setFault: server.setFault,
    findConnected: server.findRepository,
    close: () => server.close(),
  };
}

const USER = 'reader';

/** Pipelines remember the URL with its port, so a resumed folder asks for the same ports, and takes others where they are gone. */
async function startOnKeptPorts(folder: string): Promise<GitServer> {
  const file = join(folder, 'ports.json');
  const servers = join(folder, 'server');
  let server: GitServer;
  try {
    server = await startGitServer({ folder: servers, port: JSON.parse(await readFile(file, 'utf8')) });
  } catch {
    server = await startGitServer({ folder: servers });
  }
  const https = Number(new URL(server.https.origin).port);
  await writeFile(file, JSON.stringify({ ssh: server.ssh.port, https }));
  return server;
}

async function keptKeyPair(folder: string): Promise<{ privateKey: string; publicKey: string; password: string }> {
  const file = join(folder, 'client.json');
  if (!existsSync(file)) {
    const { privateKey, publicKey } = generateKeyPair('ed25519', 'gitsource-local');
    const password = crypto.randomUUID();
    await writeFile(file, JSON.stringify({ privateKey, publicKey, password }), { mode: 0o600 });
    await writeFile(join(folder, 'client-key'), privateKey, { mode: 0o600 });
  }
  return JSON.parse(await readFile(file, 'utf8'));
}
