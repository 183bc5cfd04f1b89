import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Certificates, createCertificates } from '@gitsource/local-git';
import { azureDevops } from './azure-devops.ts';
import { bitbucketCloud } from './bitbucket-cloud.ts';
import { bitbucketServer } from './bitbucket-server.ts';
import type { ApiRequest, Reply, ServerApp, ServerDialect, ServerState } from './dialect.ts';
import { type ApiFault, createFaults, misbehave } from './faults.ts';
import { gitObjects } from './git-objects.ts';
import { gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { sendReply, sendZip } from './send-reply.ts';
import { createStatusBook, type KeptStatus } from './status-book.ts';
import type { Lack, StatusDialect } from './status-dialect.ts';
import { STATUS_DIALECTS } from './status-dialects.ts';

const DIALECTS = {
  'azure-devops': azureDevops,
  'bitbucket-cloud': bitbucketCloud,
  'bitbucket-server': bitbucketServer,
  gitea,
  github,
  gitlab,
} as const satisfies Record<string, ServerDialect>;

export type ApiServerProvider = keyof typeof DIALECTS;

export const API_SERVER_PROVIDERS = Object.keys(DIALECTS) as readonly ApiServerProvider[];

export interface ApiServerOptions {
  readonly provider: ApiServerProvider;
  /** Repository path as the provider names it, and the folder of the repository. */
  readonly repositories: Readonly<Record<string, string>>;
  /** What requests must prove; with `null` everything is public. Default `token-of-the-connection`. */
  readonly token?: string | null;
  /** Default: new ones. */
  readonly certificates?: Certificates;
  /** An app that may ask for tokens (GitHub). */
  readonly app?: ServerApp;
  /** A consumer that may ask for tokens (Bitbucket Cloud). */
  readonly oauth?: { readonly key: string; readonly secret: string };
  /** May read, and write nothing. */
  readonly readOnlyToken?: string;
  /** How many statuses of one context a commit takes, where the provider has such a limit. Default: as many as the provider. */
  readonly statusLimit?: number;
  /** What it is too old for. Default: nothing. */
  readonly lacks?: readonly Lack[];
  /** Its clock. Default `Date.now`. */
  readonly now?: () => number;
}

export interface SeenRequest {
  /** `storage` is the other host, where redirects lead. */
  readonly at: 'api' | 'storage';
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface ApiServer {
  readonly provider: ApiServerProvider;
  /** A connection that works. */
  readonly connection: {
    readonly name: string;
    readonly provider: string;
    readonly host: string;
    readonly apiUrl: string;
    readonly caCertificate: string;
    readonly password?: string;
  };
  /** Where redirected archives are: `https://127.0.0.1:port`. */
  readonly storageUrl: string;
  /** Every request, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** As if somebody else had published it. */
  keepStatus(status: KeptStatus): void;
  /** Every status that it took, oldest first. */
  readonly takenStatuses: readonly KeptStatus[];
  /** What a commit shows: the newest status of each context. */
  shownStatuses(repositoryPath: string, sha: string): readonly KeptStatus[];
  /** Adds a fault behind those that are not used up. */
  fail(fault: ApiFault): void;
  /** Refuses from now on the tokens that it issued. */
  revokeTokens(): void;
  /** Forgets requests, faults and statuses. */
  reset(): void;
  close(): Promise<void>;
}

type ServerTokenPermissions = Readonly<Record<string, string>> | undefined;

/** Starts a loopback stand-in of a provider's archive and status API over HTTPS; its zips are made by `git archive`. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { caCertificate, certificate, privateKey } = options.certificates ?? (await createCertificates());
  const tls = { cert: certificate, key: privateKey };
  const dialect: ServerDialect = DIALECTS[options.provider];
  const token = options.token === undefined ? 'token-of-the-connection' : options.token;
  const requests: SeenRequest[] = [];
  const faults = createFaults();
  const links = new Map<string, Extract<Reply, { zip: unknown }>['zip']>();
  const open = (path: string) => {
    const folder = Object.hasOwn(options.repositories, path) ? options.repositories[path] : undefined;
    return folder === undefined ? undefined : gitObjects(folder);
  };
  const issued = new Map<string, ServerTokenPermissions>();
  const issueToken = (permissions?: ServerTokenPermissions) => {
    const made = `issued-token-${randomUUID()}`;
    issued.set(made, permissions);
    return made;
  };
  const book = createStatusBook(options.statusLimit);
  const statusDialect: StatusDialect = STATUS_DIALECTS[options.provider];
  const { app, lacks = [], now = Date.now, oauth } = options;
  const stateNow = (): ServerState => ({ nowMs: now(), app, oauth, issueToken, repository: open });

  async function answerTo(asked: ApiRequest): Promise<Reply> {
    const shown = dialect.readToken(asked.headers);
    const answered = dialect.issue?.(asked, stateNow());
    if (answered !== undefined) return answered;
    if (token !== null && shown === undefined) return dialect.anonymous;
    const known = [token, options.readOnlyToken, ...issued.keys()];
    if (token !== null && !known.includes(shown ?? '')) return dialect.wrong;
    if (asked.method !== 'GET' && shown === undefined) return dialect.anonymous;
    if (asked.method !== 'GET' && shown === options.readOnlyToken) return statusDialect.forbidden;
    const permissions = issued.get(shown ?? '');
    const aboutStatuses = await statusDialect.answer({ ...asked, book, lacks, permissions }, stateNow());
    const answer = aboutStatuses ?? (asked.method === 'GET' ? await dialect.answer(asked, stateNow()) : undefined);
    return answer ?? { status: 404, json: { message: 'Not Found' } };
  }

  async function serveApi(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await readRequest(request);
    requests.push({ at: 'api', ...seen(request) });
    const early = asked.method === 'GET' ? undefined : faults.take(false, request.url ?? '');
    if (early !== undefined && early.kind !== 'lost' && misbehave(early, response)) return;
    const reply = await answerTo(asked);
    // Who gave up meanwhile takes no fault that is meant for another.
    if (request.socket.destroyed) return;
    const fault = early ?? faults.take('zip' in reply, request.url ?? '');
    if (fault !== undefined && misbehave(fault, response)) return;
    if (!('zip' in reply)) return sendReply(response, reply);
    if (!dialect.redirectsArchives) return sendZip(response, open(reply.zip.repositoryPath), reply.zip, fault);
    const link = `/zip/${links.size + 1}`;
    links.set(link, reply.zip);
    // The link holds what its reader needs; the fault is that of the zip itself.
    if (fault !== undefined) faults.addToLink(fault);
    response.writeHead(302, { location: `${storageUrl}${link}?token=of-the-link` }).end();
  }

  async function serveStorage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests.push({ at: 'storage', ...seen(request) });
    const zip = links.get(new URL(request.url ?? '', 'https://storage').pathname);
    if (zip === undefined) return sendReply(response, { status: 404, html: 'not found' });
    return sendZip(response, open(zip.repositoryPath), zip, faults.take(true, ''));
  }

  const api = createServer(tls, (request, response) => void serveApi(request, response));
  const storage = createServer(tls, (request, response) => void serveStorage(request, response));
  const host = `127.0.0.1:${await listen(api)}`;
  const storageUrl = `https://127.0.0.1:${await listen(storage)}`;
  return {
    provider: options.provider,
    connection: {
      name: 'gitsource/api-test',
      provider: options.provider,
      host,
      apiUrl: `https://${host}${dialect.apiPath}`,
      caCertificate,
      ...(token !== null && { password: token }),
    },
    storageUrl,
    requests,
    keepStatus: (status) => book.keep(status),
    takenStatuses: book.taken,
    shownStatuses: (repositoryPath, sha) => book.shown(repositoryPath, sha),
    fail: (fault) => faults.add(fault),
    revokeTokens: () => issued.clear(),
    reset: () => {
      requests.length = 0;
      faults.clear();
      book.clear();
    },
    close: async () => {
      await Promise.all([close(api), close(storage)]);
    },
  };
}

function seen({ headers, method = '', url = '' }: IncomingMessage) {
  return { method, url, headers };
}

async function readRequest(request: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { headers, method = '', url = '' } = request;
  return { method, url: new URL(url, 'https://api'), headers, body: Buffer.concat(chunks).toString() };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
