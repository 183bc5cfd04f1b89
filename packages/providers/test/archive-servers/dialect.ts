import type { IncomingHttpHeaders } from 'node:http';
import type { GitObjects } from './git-objects.ts';

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
  readonly token: string;
  /** A repository, if the request may see it. */
  repository(path: string): GitObjects | undefined;
}

/** How one provider's API speaks. */
export interface ServerDialect {
  /** A path that must be on the server: `acme/shop`. */
  readonly samplePath: string;
  /** Of the connection, below the server's address: `/api/v3`. */
  readonly apiPath: string;
  /** Where archives come from another host. */
  readonly redirectsArchives: boolean;
  /** Whether headers prove the token; `undefined` where they prove nothing. */
  proves(headers: IncomingHttpHeaders, token: string): boolean | undefined;
  /** For credentials that are wrong. */
  readonly wrong: Reply;
  /** For requests without credentials. */
  readonly anonymous: Reply;
  /** The answer; `undefined` for 404. */
  answer(request: ApiRequest, state: ServerState): Promise<Reply | undefined>;
}

/** The parts of an encoded path, decoded. */
export function decode(encoded: string): string {
  return encoded.split('/').map(decodeURIComponent).join('/');
}
