import type { IncomingHttpHeaders } from 'node:http';
import type { GitObjects, GitPerson } from './git-objects.ts';

/** What is answered to one request. */
export type Reply =
  | { readonly status?: number; readonly json: unknown }
  /** A page for people. */
  | { readonly status: number; readonly html: string }
  /** The zip of a commit; `prefix` is its top folder, or ''. */
  | { readonly zip: { readonly repositoryPath: string; readonly sha: string; readonly prefix: string } };

export interface ApiRequest {
  readonly method: string;
  /** With its path as it was sent: encoded. */
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a stand-in knows. */
export interface ServerState {
  readonly nowMs: number;
  /** An app of GitHub. */
  readonly app: ServerApp | undefined;
  /** A consumer of Bitbucket Cloud. */
  readonly oauth: { readonly key: string; readonly secret: string } | undefined;
  /** Makes a token that is valid until it is revoked; absent permissions are all. */
  issueToken(permissions?: Readonly<Record<string, string>>): string;
  /** A repository, if the request may see it. */
  repository(path: string): GitObjects | undefined;
}

/** An app and where it is installed. */
export interface ServerApp {
  readonly appId: string;
  readonly installationId: number;
  /** PEM */
  readonly publicKey: string;
  /** Path of the repository where it is installed. */
  readonly repositoryPath: string;
  /** What its owner allowed it. Default: to read contents, and to write statuses and checks. */
  readonly permissions?: Readonly<Record<string, string>>;
}

/** How one provider's API speaks. */
export interface ServerDialect {
  /** Of the connection, below the server's address: `/api/v3`. */
  readonly apiPath: string;
  /** Where archives come from another host. */
  readonly redirectsArchives: boolean;
  /** The token that headers show; `undefined` where they show nothing, and '' where it is no token. */
  readToken(headers: IncomingHttpHeaders): string | undefined;
  /** Of requests that get a token for other credentials. */
  issue?(request: ApiRequest, state: ServerState): Reply | undefined;
  /** For credentials that are wrong. */
  readonly wrong: Reply;
  /** For requests without credentials. */
  readonly anonymous: Reply;
  /** The answer; `undefined` for 404. */
  answer(request: ApiRequest, state: ServerState): Promise<Reply | undefined>;
}

/** What follows the scheme of an `Authorization`; '' for another scheme. */
export function afterScheme(headers: IncomingHttpHeaders, scheme: string): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  return authorization.startsWith(`${scheme} `) ? authorization.slice(scheme.length + 1) : '';
}

/** User name and password of a basic `Authorization`. */
export function readBasic(
  headers: IncomingHttpHeaders,
): { readonly username: string; readonly password: string } | undefined {
  const credentials = afterScheme(headers, 'Basic');
  if (credentials === undefined || credentials === '') return undefined;
  const [, username = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(credentials, 'base64').toString()) ?? [];
  return { username, password };
}

/** The parts of an encoded path, decoded. */
export function decode(encoded: string): string {
  return encoded.split('/').map(decodeURIComponent).join('/');
}

/** A person with the date in UTC, as some APIs write it. */
export function inUtc({ date, ...person }: GitPerson): GitPerson {
  return { ...person, date: new Date(date).toISOString().replace('.000Z', 'Z') };
}
