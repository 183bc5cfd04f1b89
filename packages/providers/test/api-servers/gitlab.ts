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
    if (rest === 'merge_base') {
      const [one = '', other = ''] = url.searchParams.getAll('refs[]');
      const common = await git.mergeBase(one, other);
      return common === undefined ? undefined : { json: { id: common } };
    }
    const [, kind = '', name = ''] = /^(branches|tags|commits)\/([^/]+)$/.exec(rest) ?? [];
    return named(git, kind, decodeURIComponent(name));
  },
};

async function named(git: GitObjects, kind: string, name: string) {
  const full = { branches: `refs/heads/${name}`, tags: `refs/tags/${name}`, commits: name }[kind];
  const id = full === undefined ? undefined : await git.readCommit(full);
  if (id === undefined) return undefined;
  if (kind !== 'commits') return { json: { name, target: (await git.readRef(full ?? ''))?.sha, commit: { id } } };
  const { author, committer, message } = await git.readFields(id);
  // It shows milliseconds, which Git has none of.
  const date = (text: string) => text.replace(/(?=Z$|[+-]\d\d:\d\d$)/, '.000');
  const authored = { author_name: author.name, author_email: author.email, authored_date: date(author.date) };
  return { json: { id, message, ...authored, committed_date: date(committer.date) } };
}
