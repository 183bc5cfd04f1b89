import type { ServerDialect } from './dialect.ts';
import type { GitObjects } from './git-objects.ts';

/** https://docs.gitlab.com/api/, as of 2026 */
export const gitlab: ServerDialect = {
  apiPath: '/api/v4',
  redirectsArchives: false,
  readToken: (headers) => headers['private-token']?.toString(),
  wrong: { status: 401, json: { message: '401 Unauthorized' } },
  anonymous: { status: 404, json: { message: '404 Project Not Found' } },
  async answer({ url }, state) {
    // The path of a project is one part, so it has no slash of its own.
    const [, path = '', rest = ''] = /^\/api\/v4\/projects\/([^/]+)(?:\/repository\/(.*))?$/.exec(url.pathname) ?? [];
    const repositoryPath = decodeURIComponent(path);
    const git = state.repository(repositoryPath);
    if (git === undefined) return undefined;
    if (rest === '') return { json: { path_with_namespace: repositoryPath } };
    if (rest === 'archive.zip') {
      const sha = await git.readCommit(url.searchParams.get('sha') ?? 'HEAD');
      const name = repositoryPath.split('/').at(-1);
      return sha === undefined ? undefined : { zip: { repositoryPath, sha, prefix: `${name}-${sha}-${sha}` } };
    }
    const [, kind = '', name = ''] = /^(branches|tags|commits)\/([^/]+)$/.exec(rest) ?? [];
    return named(git, kind, decodeURIComponent(name));
  },
};

async function named(git: GitObjects, kind: string, name: string) {
  const full = { branches: `refs/heads/${name}`, tags: `refs/tags/${name}`, commits: name }[kind];
  const id = full === undefined ? undefined : await git.readCommit(full);
  if (id === undefined) return undefined;
  return { json: kind === 'commits' ? { id } : { name, commit: { id } } };
}
