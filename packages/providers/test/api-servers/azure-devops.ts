import { inUtc, readBasic, type ServerDialect } from './dialect.ts';
import type { GitObjects } from './git-objects.ts';

const SIGN_IN = { status: 203, html: '<!doctype html><title>Azure DevOps Services | Sign In</title>' } as const;

/** https://learn.microsoft.com/rest/api/azure/devops/git/, as of 2026 */
export const azureDevops: ServerDialect = {
  apiPath: '',
  redirectsArchives: false,
  readToken: (headers) => (headers.authorization === undefined ? undefined : (readBasic(headers)?.password ?? '')),
  wrong: SIGN_IN,
  anonymous: SIGN_IN,
  async answer({ headers, url }, state) {
    const form = /^\/([^/]+)\/([^/]+)\/_apis\/git\/repositories\/([^/]+)(?:\/(.*))?$/;
    const [, organization = '', project = '', name = '', rest = ''] = form.exec(url.pathname) ?? [];
    const repositoryPath = `${decodeURIComponent(organization)}/${decodeURIComponent(project)}/_git/${decodeURIComponent(name)}`;
    const git = state.repository(repositoryPath);
    const { searchParams: query } = url;
    if (git === undefined) return undefined;
    if (!query.has('api-version') && !/;api-version=/.test(headers.accept ?? ''))
      return { status: 400, json: { message: 'No api-version was supplied' } };
    if (rest === '') return { json: { name: decodeURIComponent(name) } };
    if (rest === 'refs') return { json: { value: await listRefs(git, query) } };
    if (rest === 'items') {
      const sha = await git.readCommit(query.get('versionDescriptor.version') ?? '');
      const isWhole =
        query.get('scopePath') === '/' && query.get('$format') === 'zip' && query.get('zipForUnix') === 'true';
      if (!isWhole || query.get('versionDescriptor.versionType') !== 'commit' || sha === undefined) return undefined;
      return { zip: { repositoryPath, sha, prefix: '' } };
    }
    if (rest === 'diffs/commits') return difference(git, query);
    const [, id = ''] = /^commits\/([0-9a-f]+)$/.exec(rest) ?? [];
    const sha = id === '' ? undefined : await git.readCommit(id);
    if (sha === undefined) return undefined;
    const { author, committer, message, tree } = await git.readFields(sha);
    const people = { author: inUtc(author), committer: inUtc(committer) };
    return { json: { commitId: sha, comment: message, ...people, treeId: tree.sha } };
  },
};

async function listRefs(git: GitObjects, query: URLSearchParams) {
  const refs = await git.listRefs(`refs/${query.get('filter') ?? ''}`);
  return Promise.all(
    refs.slice(0, Number(query.get('$top') ?? 1000)).map(async (name) => {
      const object = await git.readRef(name);
      const isPeeled = object?.type === 'tag' && query.get('peelTags') === 'true';
      return { name, objectId: object?.sha, ...(isPeeled && { peeledObjectId: await git.readCommit(name) }) };
    }),
  );
}

async function difference(git: GitObjects, query: URLSearchParams) {
  const version = async (which: string) =>
    query.get(`${which}VersionType`) === 'commit' ? git.readCommit(query.get(`${which}Version`) ?? '') : undefined;
  const [baseCommit, targetCommit] = [await version('base'), await version('target')];
  if (baseCommit === undefined || targetCommit === undefined) return undefined;
  return { json: { commonCommit: await git.mergeBase(baseCommit, targetCommit), baseCommit, targetCommit } };
}
