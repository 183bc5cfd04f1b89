import { createServer, type Server as TcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from 'ssh2';
import { createFaultStream } from './fault.ts';
import { spawnGit } from './git-program.ts';
import type { ServerState } from './server-state.ts';

/** The only two programs a client may run, with the one argument git quotes: `git-upload-pack '/team/app.git'`. */
const GIT_COMMAND = /^git[- ](upload-pack|receive-pack) '([^']+)'$/;

export interface RunningServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Serves git over SSH on 127.0.0.1; public keys are checked against the state, user names are not. */
export async function startSshServer(state: ServerState, hostKey: string, port: number): Promise<RunningServer> {
  const sockets = new Set<Duplex>();
  const ssh = new ssh2.Server({ hostKeys: [hostKey], ident: 'gitsource-local' }, (connection) =>
    serve(state, connection),
  );
  const tcp = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    if (state.fault?.kind === 'refuse') socket.destroy();
    else if (state.fault?.kind !== 'hang') ssh.injectSocket(socket);
  });
  return { port: await listen(tcp, port), close: () => closeServer(tcp, sockets) };
}

function serve(state: ServerState, connection: Connection): void {
  connection.on('error', () => undefined);
  connection.on('authentication', (context) => authenticate(state, context));
  connection.on('session', (accept) => serveSession(state, connection, accept()));
}

function authenticate(state: ServerState, context: AuthContext): void {
  if (context.method !== 'publickey' || !state.hasKey(keyType(context.key), context.key.data)) {
    context.reject(['publickey']);
    return;
  }
  // Without a signature the client only asks whether this key would do.
  if (context.signature === undefined || context.blob === undefined) {
    context.accept();
    return;
  }
  const key = ssh2.utils.parseKey(`${keyType(context.key)} ${context.key.data.toString('base64')}`);
  const verified = !(key instanceof Error) && key.verify(context.blob, context.signature, context.hashAlgo);
  if (verified === true) context.accept();
  else context.reject(['publickey']);
}

/** RSA keys arrive under the name of their signature (`rsa-sha2-512`) or of the key (`ssh-rsa`). */
function keyType(key: { readonly algo: string }): string {
  return key.algo.startsWith('rsa-sha2-') ? 'ssh-rsa' : key.algo;
}

function serveSession(state: ServerState, connection: Connection, session: Session): void {
  const environment: Record<string, string> = {};
  session.on('env', (accept, _reject, variable) => {
    if (variable.key === 'GIT_PROTOCOL') environment.GIT_PROTOCOL = variable.val;
    if (typeof accept === 'function') accept();
  });
  session.on('exec', (accept, _reject, command) => {
    const channel = accept.call(session);
    const [, program, path] = GIT_COMMAND.exec(command.command) ?? [];
    if (program === undefined || path === undefined) {
      refuse(channel, 'This server runs git-upload-pack and git-receive-pack only.');
      return;
    }
    const repository = state.findRepository(path);
    if (repository === undefined) {
      refuse(channel, 'ERROR: Repository not found.');
      return;
    }
    runOn(channel, [program, repository.folder], environment, state, () => connection.end());
  });
}

function refuse(channel: ServerChannel, message: string): void {
  channel.stderr.write(`${message}\n`);
  channel.exit(128);
  channel.end();
}

function runOn(
  channel: ServerChannel,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  state: ServerState,
  cut: () => void,
): void {
  const git = spawnGit(args, state.fault?.kind === 'protocol-v0' ? {} : environment);
  git.stdin?.on('error', () => undefined);
  if (git.stdin !== null) channel.pipe(git.stdin);
  git.stderr?.pipe(channel.stderr, { end: false });
  const output = createFaultStream(state.fault, cut);
  git.stdout?.pipe(output).pipe(channel, { end: false });
  channel.on('close', () => git.kill());
  channel.on('error', () => git.kill());
  const exited = new Promise<number>((resolve) => {
    git.on('error', () => resolve(128));
    git.on('close', (code) => resolve(code ?? 128));
  });
  // The exit status comes after the last byte of git's answer, or the client takes the answer for a broken one.
  output.on('end', () => {
    void exited.then((code) => {
      channel.exit(code);
      channel.end();
    });
  });
}

/** Listens on loopback and returns the port, chosen by the system when 0. */
export async function listen(server: TcpServer, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no TCP port');
  return address.port;
}

/** Closes a server and the connections it still has. */
export async function closeServer(server: TcpServer, sockets: ReadonlySet<Duplex>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  await closed;
}
