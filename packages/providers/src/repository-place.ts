import { ProvidersError } from './errors.ts';
import type { ApiConnection } from './repository-query.ts';

/** Where one repository is in its provider's API. */
export interface RepositoryPlace {
  /** Base of the API: the connection's credentials are sent to URLs below it only. */
  readonly apiUrl: string;
  /** Of the repository itself; what else is known about it is below. */
  readonly repositoryUrl: string;
  readonly commitUrl: (commit: string) => string;
  readonly archiveUrl: (commit: string) => string;
  /** Base of `archiveUrl`, where that is not below `apiUrl`. */
  readonly archiveBaseUrl?: string;
}

/** Parts between single slashes, none of which a URL or a server would read as something else; `undefined` for others. */
export function splitRepositoryPath(path: string): readonly string[] | undefined {
  const parts = path.split('/');
  const isSafe = (part: string) => !/^\.{0,2}$|[\p{Cc}\p{Cs}\\]/u.test(part);
  return parts.every(isSafe) ? parts : undefined;
}

/** A ref or path for a URL's path: its slashes stay, as APIs list them; all else that could mean something is encoded. */
export function encodeParts(text: string): string {
  return text.split('/').map(encodeURIComponent).join('/');
}

/** The connection's `host`, or where it names none, the provider's public one. Throws `providers/host-missing`. */
export function hostOf({ host, name }: ApiConnection, publicHost?: string): string {
  const found = host ?? publicHost;
  if (found !== undefined) return found;
  throw new ProvidersError(
    'providers/host-missing',
    `The secret ${name} names no "host", so there is no API to ask. Store the connection as JSON with its "host".`,
  );
}

/** A connection's `apiUrl` without slashes at its end, and without a suffix that people add or leave out. */
export function trimApiUrl(apiUrl: string, suffix: RegExp): string {
  return apiUrl.replace(/\/+$/, '').replace(suffix, '');
}
