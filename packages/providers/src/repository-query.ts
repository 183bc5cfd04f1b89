import type { Connection } from '@gitsource/runtime';

/** Where a repository is, and with what it is asked for. */
export interface RepositoryQuery {
  readonly connection: ApiConnection;
  /** As events and clone URLs name it: `acme/shop`, `group/sub/project`, `~user/slug`, `org/project/_git/repo`. */
  readonly repositoryPath: string;
  /** Ends everything that is under way, the body too; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** The clock that tokens are made and expire by. Default: `Date.now`. */
  readonly now?: () => number;
}

/** What of a connection is used; its token is `password`. Without credentials the server is asked anonymously. */
export type ApiConnection = Pick<
  Connection,
  'name' | 'host' | 'apiUrl' | 'username' | 'password' | 'githubApp' | 'oauth' | 'caCertificate'
>;
