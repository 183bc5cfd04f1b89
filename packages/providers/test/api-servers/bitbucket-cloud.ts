import {
  type ApiRequest,
  afterScheme,
  decode,
  type Reply,
  readBasic,
  type ServerDialect,
  type ServerState,
} from './dialect.ts';

/** https://developer.atlassian.com/cloud/bitbucket/rest/ and the web site, on one host, as of 2026 */
export const bitbucketCloud: ServerDialect = {
  apiPath: '/2.0',
  redirectsArchives: false,
  // An API token comes with its owner's address.
  readToken(headers) {
    const shown = readBasic(headers);
    if (shown !== undefined) return shown.username.includes('@') ? shown.password : '';
    return afterScheme(headers, 'Bearer');
  },
  issue,
  wrong: { status: 401, json: { type: 'error', error: { message: 'Token is invalid, expired, or not supported' } } },
  anonymous: { status: 404, json: { type: 'error', error: { message: 'You may not have access to this repository' } } },
  async answer({ url }, state) {
    const [, sitePath, sha = ''] = /^\/([^/]+\/[^/]+)\/get\/([0-9a-f]+)\.zip$/.exec(url.pathname) ?? [];
    const [, apiPath, rest = ''] = /^\/2\.0\/repositories\/([^/]+\/[^/]+)(?:\/(.*))?$/.exec(url.pathname) ?? [];
    const repositoryPath = decode(sitePath ?? apiPath ?? '');
    const git = state.repository(repositoryPath);
    if (git === undefined) return undefined;
    if (sitePath !== undefined) {
      const found = await git.readCommit(sha);
      const prefix = `${repositoryPath.replace('/', '-')}-${sha.slice(0, 12)}`;
      return found === undefined ? undefined : { zip: { repositoryPath, sha: found, prefix } };
    }
    if (rest === '') return { json: { full_name: repositoryPath } };
    const [, one = '', other = ''] = /^merge-base\/([0-9a-f]+)\.\.([0-9a-f]+)$/.exec(rest) ?? [];
    if (one !== '') {
      const common = await git.mergeBase(one, other);
      return common === undefined ? undefined : { json: { type: 'commit', hash: common } };
    }
    const [, kind = '', name = ''] = /^(refs\/branches|refs\/tags|commit)\/(.+)$/.exec(decode(rest)) ?? [];
    const full = { 'refs/branches': `refs/heads/${name}`, 'refs/tags': `refs/tags/${name}`, commit: name }[kind];
    const hash = full === undefined ? undefined : await git.readCommit(full);
    if (hash === undefined) return undefined;
    if (kind !== 'commit') return { json: { name, target: { type: 'commit', hash } } };
    const { author, committer, message } = await git.readFields(hash);
    return { json: { hash, message, date: committer.date, author: { raw: `${author.name} <${author.email}>` } } };
  },
};

function issue({ body, headers, method, url }: ApiRequest, state: ServerState): Reply | undefined {
  if (url.pathname !== '/site/oauth2/access_token') return undefined;
  const shown = readBasic(headers);
  const isKnown = shown?.username === state.oauth?.key && shown?.password === state.oauth?.secret;
  if (state.oauth === undefined || !isKnown || method !== 'POST' || body !== 'grant_type=client_credentials') {
    return { status: 400, json: { error: 'unauthorized_client', error_description: 'Client credentials missing' } };
  }
  return { json: { access_token: state.issueToken(), expires_in: 7200, token_type: 'bearer', scopes: 'repository' } };
}
