import { createOutgoingFetch } from '@gitsource/runtime';
import { request as octokit } from '@octokit/request';
import {
  findHooks,
  isRepositoryPath,
  type Registration,
  type RegistrationOutcome,
  type RegistrationRequest,
  readRefusal,
  refusal,
} from '../registration.ts';
import { apiUrlOf } from './api-url.ts';

/** A push of a tag is a `push`, too. https://docs.github.com/webhooks/webhook-events-and-payloads */
const EVENTS = ['push', 'pull_request'] as const;

/** The most that GitHub gives at once. */
const PER_PAGE = 100;

const NEEDED = {
  token:
    'the scope admin:repo_hook, or as a fine-grained token the repository permission Webhooks (read and write), and admin rights on the repository',
  repository:
    'the path as owner/name, and a token that may administer the repository: GitHub answers the same for what a token may not see',
};

/** https://docs.github.com/rest/repos/webhooks */
export const registration: Registration = { register };

async function register(request: RegistrationRequest): Promise<RegistrationOutcome> {
  const [owner = '', repo, ...rest] = request.repositoryPath.split('/');
  if (repo === undefined || rest.length > 0 || !isRepositoryPath(request.repositoryPath))
    return { kind: 'repository-not-found', needed: NEEDED.repository };
  const call = createClient(request);
  try {
    const hooks = await listHooks(call, owner, repo);
    const { kept, duplicateIds } = findHooks(hooks, ({ config }) => config.url, request.webhookUrl);
    const config = { url: request.webhookUrl, content_type: 'json', insecure_ssl: '0', secret: request.secrets[0] };
    if (kept === undefined) {
      const wanted = { owner, repo, name: 'web', active: true, events: [...EVENTS], config };
      const { data } = await call('POST /repos/{owner}/{repo}/hooks', wanted);
      return { kind: 'created', id: data.id, duplicateIds };
    }
    const events = [...new Set([...kept.events, ...EVENTS])];
    const isRight =
      kept.active &&
      kept.config.url === request.webhookUrl &&
      events.length === kept.events.length &&
      kept.config.content_type === 'json' &&
      String(kept.config.insecure_ssl ?? '0') === '0';
    const wanted = { owner, repo, hook_id: kept.id, active: true, events, config };
    await call('PATCH /repos/{owner}/{repo}/hooks/{hook_id}', wanted);
    return { kind: isRight ? 'unchanged' : 'updated', id: kept.id, duplicateIds };
  } catch (error) {
    const { message, status } = readRefusal(error);
    return refusal(status, message, NEEDED);
  }
}

type Client = ReturnType<typeof createClient>;

function createClient({ connection }: RegistrationRequest) {
  const baseUrl = apiUrlOf(connection);
  const { caCertificate, password = '' } = connection;
  return octokit.defaults({
    baseUrl,
    headers: { authorization: `Bearer ${password}`, 'x-github-api-version': '2022-11-28' },
    request: { fetch: createOutgoingFetch({ baseUrl, ...(caCertificate !== undefined && { caCertificate }) }) },
  });
}

async function listHooks(call: Client, owner: string, repo: string) {
  const hooks = [];
  for (let page = 1; ; page++) {
    const { data } = await call('GET /repos/{owner}/{repo}/hooks', { owner, repo, per_page: PER_PAGE, page });
    hooks.push(...data);
    if (data.length < PER_PAGE) return hooks;
  }
}
