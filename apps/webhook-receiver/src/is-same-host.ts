/** True where a connection's host (`git.example.com`, or with a port) is a repository's host, which has none. */
export function isSameHost(connectionHost: string, repositoryHost: string): boolean {
  return connectionHost.toLowerCase().replace(/:\d+$/, '') === repositoryHost.toLowerCase();
}
