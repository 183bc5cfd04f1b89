import { afterScheme, decode, type ServerDialect } from './dialect.ts';

const missing = (exceptionName: string) => ({
  status: 404,
  json: {
    errors: [{ context: null, message: 'does not exist', exceptionName: `com.atlassian.bitbucket.${exceptionName}` }],
  },
});

/** https://developer.atlassian.com/server/bitbucket/rest/, version 9 */
export const bitbucketServer: ServerDialect = {
  apiPath: '',
  redirectsArchives: false,
  readToken: (headers) => afterScheme(headers, 'Bearer'),
  wrong: { status: 401, json: { errors: [{ message: 'Authentication failed.' }] } },
  anonymous: { status: 401, json: { errors: [{ message: 'You are not permitted to access this resource' }] } },
  async answer({ url }, state) {
    const form = /^\/rest\/api\/latest\/projects\/([^/]+)\/repos\/([^/]+)(?:\/(.*))?$/;
    const [, project = '', slug = '', rest = ''] = form.exec(url.pathname) ?? [];
    const repositoryPath = `${decodeURIComponent(project)}/${decodeURIComponent(slug)}`;
    const git = state.repository(repositoryPath);
    if (git === undefined) return missing('project.NoSuchProjectException');
    if (rest === '') return { json: { slug: decodeURIComponent(slug) } };
    if (rest === 'archive') {
      const sha = await git.readCommit(url.searchParams.get('at') ?? 'HEAD');
      if (url.searchParams.get('format') !== 'zip' || sha === undefined) return missing('commit.NoSuchCommitException');
      return { zip: { repositoryPath, sha, prefix: url.searchParams.get('prefix') ?? '' } };
    }
    if (rest === 'commits') {
      const id = await git.readCommit(url.searchParams.get('until') ?? 'HEAD');
      const since = url.searchParams.get('since');
      if (id === undefined || (since !== null && (await git.readCommit(since)) === undefined))
        return missing('commit.NoSuchCommitException');
      const listed = since === null ? [id] : await git.listCommits(id, since);
      return { json: { values: listed.slice(0, 1).map((commit) => ({ id: commit })), isLastPage: false } };
    }
    const [, id = ''] = /^commits\/([0-9a-f]+)$/.exec(decode(rest)) ?? [];
    const sha = id === '' ? undefined : await git.readCommit(id);
    if (sha === undefined) return missing('commit.NoSuchCommitException');
    const { author, committer, message } = await git.readFields(sha);
    const user = { name: author.name, emailAddress: author.email };
    const [authorTimestamp, committerTimestamp] = [Date.parse(author.date), Date.parse(committer.date)];
    return { json: { id: sha, message: message.trimEnd(), author: user, authorTimestamp, committerTimestamp } };
  },
};
