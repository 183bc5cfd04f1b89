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
      return id === undefined
        ? missing('commit.NoSuchCommitException')
        : { json: { values: [{ id }], isLastPage: false } };
    }
    const [, id = ''] = /^commits\/([0-9a-f]+)$/.exec(decode(rest)) ?? [];
    const sha = id === '' ? undefined : await git.readCommit(id);
    return sha === undefined ? missing('commit.NoSuchCommitException') : { json: { id: sha } };
  },
};
