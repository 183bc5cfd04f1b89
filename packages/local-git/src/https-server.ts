import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import { createFaultStream } from './fault.ts';
import { spawnGit } from './git-program.ts';
import { answerLfs } from './lfs-store.ts';
import type { ServerState } from './server-state.ts';
import { closeServer, listen, type RunningServer } from './ssh-server.ts';

export interface ServerCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Serves git over HTTPS on 127.0.0.1 by `git http-backend`; private repositories ask for a user and a password. */
export async function startHttpsServer(
  state: ServerState,
  { certificate, privateKey }: ServerCertificate,
  port: number,
): Promise<RunningServer> {
  const sockets = new Set<Duplex>();
  const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    if (state.fault?.kind === 'hang') return;
    answer(state, request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (state.fault?.kind === 'refuse') socket.destroy();
  });
  server.on('tlsClientError', () => undefined);
  return { port: await listen(server, port), close: () => closeServer(server, sockets) };
}

function answer(state: ServerState, request: IncomingMessage, response: ServerResponse): void {
  if (state.fault?.kind === 'status') {
    reply(response, state.fault.status, 'fault', state.fault.headers);
    return;
  }
  const url = new URL(request.url ?? '/', 'https://localhost');
  const [, path, rest] =
    /^\/(.+?)(\/(?:info\/refs|info\/lfs\/objects\/\w+|git-upload-pack|git-receive-pack))$/.exec(url.pathname) ?? [];
  const repository = path === undefined ? undefined : state.findRepository(decodeURIComponent(path));
  const user = authenticatedUser(state, request);
  const reading = url.searchParams.get('service') !== 'git-receive-pack' && rest !== '/git-receive-pack';
  const open = reading && repository !== undefined && state.isPublic(repository.name);
  if (user === undefined && !open) {
    reply(response, 401, 'authentication needed', { 'www-authenticate': 'Basic realm="gitsource local"' });
  } else if (repository === undefined || rest === undefined) {
    reply(response, 404, 'repository not found');
  } else if (rest.startsWith('/info/lfs/')) {
    answerLfs(repository.folder, rest, request, response).catch(() => reply(response, 400, 'not an LFS request'));
  } else {
    runBackend(state, request, response, {
      GIT_PROJECT_ROOT: state.repositoriesFolder,
      PATH_INFO: `/${repository.name}.git${rest}`,
      QUERY_STRING: url.search.slice(1),
      ...(user === undefined ? {} : { REMOTE_USER: user }),
    });
  }
}

function authenticatedUser(state: ServerState, request: IncomingMessage): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  return user !== undefined && password !== undefined && state.hasUser(user, password) ? user : undefined;
}

function reply(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(`${text}\n`);
}

function header(request: IncomingMessage, name: string, variable: string): Record<string, string> {
  const value = request.headers[name];
  return typeof value === 'string' ? { [variable]: value } : {};
}

/** One CGI exchange, see `git help http-backend`. */
function runBackend(
  state: ServerState,
  request: IncomingMessage,
  response: ServerResponse,
  variables: Readonly<Record<string, string>>,
): void {
  const git = spawnGit(['http-backend'], {
    ...variables,
    ...header(request, 'content-type', 'CONTENT_TYPE'),
    ...header(request, 'content-length', 'CONTENT_LENGTH'),
    ...header(request, 'content-encoding', 'HTTP_CONTENT_ENCODING'),
    ...(state.fault?.kind === 'protocol-v0' ? {} : header(request, 'git-protocol', 'GIT_PROTOCOL')),
    REQUEST_METHOD: request.method ?? 'GET',
    REMOTE_ADDR: '127.0.0.1',
    GIT_HTTP_EXPORT_ALL: '1',
  });
  git.stdin?.on('error', () => undefined);
  git.stderr?.resume();
  response.on('close', () => git.kill());
  if (git.stdin !== null) request.pipe(git.stdin);
  if (git.stdout !== null) {
    relayCgi(
      git.stdout,
      response,
      createFaultStream(state.fault, () => response.destroy()),
    );
  }
}

function relayCgi(stdout: Readable, response: ServerResponse, body: NodeJS.ReadWriteStream): void {
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    stdout.off('data', onData);
    stdout.off('end', onEnd);
    const fields = head
      .subarray(0, end)
      .toString('latin1')
      .split('\r\n')
      .map((line) => line.split(/: (.*)/s));
    const status = Number(fields.find(([name]) => name === 'Status')?.[1]?.slice(0, 3) ?? 200);
    response.statusCode = status;
    for (const [name = '', value = ''] of fields) if (name !== 'Status') response.setHeader(name, value);
    body.pipe(response);
    const rest = head.subarray(end + 4);
    if (rest.length > 0) body.write(rest);
    stdout.pipe(body);
  };
  const onEnd = () => reply(response, 502, 'git http-backend gave no answer');
  stdout.on('data', onData);
  stdout.on('end', onEnd);
}
