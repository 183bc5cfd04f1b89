import { afterScheme, decode, type ServerDialect } from './dialect.ts';

/** https://docs.gitea.com/api/, version 1.25; with object storage that serves archives itself */
export const gitea: ServerDialect = {
  apiPath: '/api/v1',
  redirectsArchives: true,
  readToken: (headers) => afterScheme(headers, 'token'),
  wrong: { status: 401, json: { message: 'invalid username, password or token' } },
  anonymous: { status: 404, json: { message: "The target couldn't be found." } },
  async answer({ url }, state) {
    const [, path = '', rest = ''] = /^\/api\/v1\/repos\/([^/]+\/[^/]+)(?:\/(.*))?$/.exec(url.pathname) ?? [];
    const repositoryPath = decode(path);
    const git = state.repository(repositoryPath);
    if (git === undefined) return undefined;
    if (rest === '') return { json: { full_name: repositoryPath } };
    if (rest === 'commits') {
      const { searchParams: query } = url;
      const [of, without] = [
        await git.readCommit(query.get('sha') ?? ''),
        await git.readCommit(query.get('not') ?? ''),
      ];
      if (of === undefined || without === undefined) return undefined;
      return { json: (await git.listCommits(of, without)).slice(0, 1).map((sha) => ({ sha })) };
    }
    const [, kind = '', encoded = ''] = /^(branches|tags|git\/refs|git\/commits|archive)\/(.+)$/.exec(rest) ?? [];
    const name = decode(encoded);
    if (kind === 'git/refs') {
      const refs = await git.listRefs(`refs/${name}`);
      const listed = await Promise.all(refs.map(async (ref) => ({ ref, object: await git.readRef(ref) })));
      return listed.length === 0 ? undefined : { json: listed };
    }
    if (kind === 'archive') {
      const sha = await git.readCommit(name.replace(/\.zip$/, ''));
      return sha === undefined
        ? undefined
        : { zip: { repositoryPath, sha, prefix: repositoryPath.split('/')[1] ?? '' } };
    }
    const full = { branches: `refs/heads/${name}`, tags: `refs/tags/${name}`, 'git/commits': name }[kind];
    const sha = full === undefined ? undefined : await git.readCommit(full);
    if (sha === undefined) return undefined;
    if (kind === 'branches') return { json: { name, commit: { id: sha } } };
    if (kind === 'tags') return { json: { name, id: (await git.readRef(`refs/tags/${name}`))?.sha, commit: { sha } } };
    return { json: { sha, commit: await git.readFields(sha) } };
  },
};
