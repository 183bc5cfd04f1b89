import { decode, type ServerDialect } from './dialect.ts';

/** https://docs.github.com/enterprise-server/rest, as of 2026 */
export const github: ServerDialect = {
  samplePath: 'acme/shop',
  apiPath: '/api/v3',
  redirectsArchives: true,
  proves: ({ authorization }, token) => (authorization === undefined ? undefined : authorization === `Bearer ${token}`),
  wrong: { status: 401, json: { message: 'Bad credentials', status: '401' } },
  anonymous: { status: 404, json: { message: 'Not Found', status: '404' } },
  async answer({ url }, state) {
    const [, path = '', rest = ''] = /^\/api\/v3\/repos\/([^/]+\/[^/]+)(?:\/(.*))?$/.exec(url.pathname) ?? [];
    const git = state.repository(decode(path));
    if (git === undefined) return undefined;
    if (rest === '') return { json: { full_name: decode(path) } };
    const [, kind = '', name = ''] = /^(git\/ref|git\/tags|git\/commits|zipball)\/(.+)$/.exec(rest) ?? [];
    if (kind === 'git/ref') return pointer(await git.readRef(`refs/${decode(name)}`));
    if (kind === 'git/tags') return pointer(await git.readTag(decode(name)));
    const sha = await git.readCommit(decode(name));
    if (sha === undefined) return undefined;
    const [owner, repository] = decode(path).split('/');
    return kind === 'zipball'
      ? { zip: { repositoryPath: decode(path), sha, prefix: `${owner}-${repository}-${sha.slice(0, 7)}` } }
      : { json: { sha } };
  },
};

function pointer(object: unknown) {
  return object === undefined ? undefined : { json: { object } };
}
