/** A Git server's repository, as this package uses a parsed Git URL. */
export interface Remote {
  readonly scheme: 'ssh' | 'https';
  readonly host: string;
  readonly port?: number | undefined;
  /** What git is given: no password in it. */
  readonly text: string;
}

/** `https://git.example.com:8443`, the part within which credentials may be used. */
export function originOf(remote: Remote): string {
  const host = remote.host.includes(':') ? `[${remote.host}]` : remote.host;
  return `${remote.scheme}://${host}${remote.port === undefined ? '' : `:${remote.port}`}`;
}
