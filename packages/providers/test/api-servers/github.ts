import { createPublicKey, verify } from 'node:crypto';
import {
  type ApiRequest,
  afterScheme,
  decode,
  inUtc,
  type Reply,
  type ServerApp,
  type ServerDialect,
  type ServerState,
} from './dialect.ts';
import type { GitObjects } from './git-objects.ts';

/** https://docs.github.com/enterprise-server/rest, as of 2026 */
export const github: ServerDialect = {
  apiPath: '/api/v3',
  redirectsArchives: true,
  readToken: (headers) => afterScheme(headers, 'Bearer'),
  issue,
  wrong: { status: 401, json: { message: 'Bad credentials', status: '401' } },
  anonymous: { status: 404, json: { message: 'Not Found', status: '404' } },
  async answer({ url }, state) {
    const [, path = '', rest = ''] = /^\/api\/v3\/repos\/([^/]+\/[^/]+)(?:\/(.*))?$/.exec(url.pathname) ?? [];
    const git = state.repository(decode(path));
    if (git === undefined) return undefined;
    if (rest === '') return { json: { full_name: decode(path) } };
    const [, tip = '', head = ''] = /^compare\/([0-9a-f]+)\.\.\.([0-9a-f]+)$/.exec(rest) ?? [];
    if (tip !== '') return compare(git, tip, head);
    const [, kind = '', name = ''] = /^(git\/ref|git\/tags|git\/commits|zipball)\/(.+)$/.exec(rest) ?? [];
    if (kind === 'git/ref') return pointer(await git.readRef(`refs/${decode(name)}`));
    if (kind === 'git/tags') return pointer(await git.readTag(decode(name)));
    const sha = await git.readCommit(decode(name));
    if (sha === undefined) return undefined;
    const [owner, repository] = decode(path).split('/');
    if (kind === 'zipball')
      return { zip: { repositoryPath: decode(path), sha, prefix: `${owner}-${repository}-${sha.slice(0, 7)}` } };
    const { author, committer, message, tree } = await git.readFields(sha);
    return { json: { sha, message: message.trimEnd(), author: inUtc(author), committer: inUtc(committer), tree } };
  },
};

/** An app's own requests, which it proves by a JWT. https://docs.github.com/rest/apps/apps */
function issue({ body, headers, method, url }: ApiRequest, state: ServerState): Reply | undefined {
  const [, path] = /^\/api\/v3\/repos\/([^/]+\/[^/]+)\/installation$/.exec(url.pathname) ?? [];
  const [, id] = /^\/api\/v3\/app\/installations\/(\d+)\/access_tokens$/.exec(url.pathname) ?? [];
  if (path === undefined && id === undefined) return undefined;
  const { app, nowMs } = state;
  const missing = { status: 404, json: { message: 'Not Found' } };
  if (app === undefined) return missing;
  const problem = jwtProblem(afterScheme(headers, 'Bearer') ?? '', app, nowMs / 1000);
  if (problem !== undefined) return { status: 401, json: { message: problem } };
  if (path !== undefined) return decode(path) === app.repositoryPath ? { json: { id: app.installationId } } : missing;
  if (method !== 'POST' || Number(id) !== app.installationId) return missing;
  const { permissions, repositories } = JSON.parse(body);
  if (
    repositories?.length !== 1 ||
    !app.repositoryPath.endsWith(`/${repositories[0]}`) ||
    !isAllowed(permissions, app)
  ) {
    return {
      status: 422,
      json: { message: 'There is at least one repository that does not exist or is not accessible' },
    };
  }
  return {
    status: 201,
    json: { token: state.issueToken(permissions), expires_at: new Date(nowMs + 3_600_000).toISOString() },
  };
}

const ALLOWED = { contents: 'read', statuses: 'write', checks: 'write' };

/** A token for nothing in particular would be one for all that the app may do. */
function isAllowed(asked: Readonly<Record<string, string>> | undefined, { permissions = ALLOWED }: ServerApp): boolean {
  const wanted = Object.entries(asked ?? {});
  return wanted.length > 0 && wanted.every(([name, level]) => Reflect.get(permissions, name) === level);
}

function jwtProblem(jwt: string, { appId, publicKey }: ServerApp, now: number): string | undefined {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const key = createPublicKey(publicKey);
  const isSigned = verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
  if (!isSigned) return 'A JSON web token could not be decoded';
  const { exp, iat, iss } = JSON.parse(Buffer.from(payload, 'base64url').toString());
  if (iss !== appId) return 'Integration not found';
  if (iat > now) return "'Issued at' claim ('iat') must be an Integer representing a time in the past";
  if (exp <= now || exp - now > 600) return "'Expiration time' claim ('exp') is too far in the future, or past";
  return undefined;
}

function pointer(object: unknown) {
  return object === undefined ? undefined : { json: { object } };
}

async function compare(git: GitObjects, base: string, head: string): Promise<Reply | undefined> {
  const common = await git.mergeBase(base, head);
  if (common === undefined) return undefined;
  const status = base === head ? 'identical' : common === head ? 'behind' : common === base ? 'ahead' : 'diverged';
  return { json: { status, merge_base_commit: { sha: common } } };
}
