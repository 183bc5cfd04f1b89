import { createRequesterFn, type RequestOptions, type ResponseBodyTypes } from '@gitbeaker/requester-utils';
import { ProjectHooks } from '@gitbeaker/rest';
import { createOutgoingFetch, type OutgoingFetch } from '@gitsource/runtime';
import {
  findHooks,
  isRepositoryPath,
  type Registration,
  type RegistrationOutcome,
  type RegistrationRequest,
  readRefusal,
  refusal,
} from '../registration.ts';
import { SIGNING_SECRET_PREFIX } from '../signature.ts';
import { serverUrlOf } from './api-url.ts';

/** The most that GitLab gives at once. */
const PER_PAGE = 100;

const NEEDED = {
  token: 'the scope api and the role Maintainer in the project (a personal, project or group access token)',
  repository:
    'the full path with all groups, and a token that may see the project: GitLab answers the same for one that may not',
};

const EVENTS = { push_events: true, tag_push_events: true, merge_requests_events: true } as const;

/** https://docs.gitlab.com/api/project_webhooks/ */
export const registration: Registration = { register };

async function register(request: RegistrationRequest): Promise<RegistrationOutcome> {
  const { repositoryPath, secrets, webhookUrl } = request;
  if (!isRepositoryPath(repositoryPath)) return { kind: 'repository-not-found', needed: NEEDED.repository };
  // As the receiver does: where one secret is a signing token, only signatures count.
  const signingToken = secrets.find((secret) => secret.startsWith(SIGNING_SECRET_PREFIX));
  // Of the two, the API client's types know the older one only.
  const settings = {
    pushEvents: true,
    tagPushEvents: true,
    mergeRequestsEvents: true,
    enableSslVerification: true,
    ...(signingToken !== undefined ? { signingToken } : { token: secrets[0] }),
  };
  try {
    const client = createClient(request);
    const hooks = await client.all(repositoryPath, { perPage: PER_PAGE });
    const { kept, duplicateIds } = findHooks(hooks, ({ url }) => url, webhookUrl);
    const hook =
      kept === undefined
        ? await client.add(repositoryPath, webhookUrl, settings)
        : await client.edit(repositoryPath, kept.id, webhookUrl, settings);
    if (signingToken !== undefined && hook.signing_token_present !== true) return TOO_OLD_TO_SIGN;
    const kind = kept === undefined ? 'created' : isAsWanted(kept, webhookUrl) ? 'unchanged' : 'updated';
    return { kind, id: hook.id, duplicateIds };
  } catch (error) {
    const { message, status } = readRefusal(error);
    return refusal(status, message, NEEDED);
  }
}

/** A server that does not know the parameter leaves it out without a word. */
const TOO_OLD_TO_SIGN: RegistrationOutcome = {
  kind: 'refused',
  status: 200,
  reason: `the server did not take the signing token, it may be too old for it; use a webhookSecret without ${SIGNING_SECRET_PREFIX}`,
};

function isAsWanted(hook: Readonly<Record<string, unknown>>, webhookUrl: string): boolean {
  const isRight = hook.url === webhookUrl && hook.enable_ssl_verification === true;
  return isRight && Object.keys(EVENTS).every((event) => hook[event] === true);
}

function createClient({ connection }: RegistrationRequest): ProjectHooks {
  const host = serverUrlOf(connection);
  const { caCertificate, password = '' } = connection;
  const send = createOutgoingFetch({ baseUrl: host, ...(caCertificate !== undefined && { caCertificate }) });
  return new ProjectHooks({ host, token: password, requesterFn: requesterOf(send) });
}

/** The client's own requester follows redirects and waits for minutes; this one sends by `send` alone. */
function requesterOf(send: OutgoingFetch) {
  return createRequesterFn(
    (_, options) => Promise.resolve(options ?? {}),
    async (endpoint, options: RequestOptions = {}) => {
      const { body, headers, method, prefixUrl = '', searchParams = '' } = options;
      const url = new URL(`${prefixUrl.replace(/\/*$/, '/')}${endpoint}`);
      url.search = searchParams;
      const response = await send(url, { method, headers, body: typeof body === 'string' ? body : undefined });
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      // The client's types say what a method answers with; here it is any JSON.
      const answer = isJson ? ((await response.json()) as ResponseBodyTypes) : null;
      if (!response.ok) throw Object.assign(new Error(reasonOf(answer)), { status: response.status });
      return { body: answer, headers: Object.fromEntries(response.headers), status: response.status };
    },
  );
}

/** `{"message": {"url": ["is blocked"]}}`, `{"error": "…"}` */
function reasonOf(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null) return 'no reason given';
  const said = Object.entries(answer).find(([name]) => name === 'message' || name === 'error')?.[1];
  return typeof said === 'string' ? said : (JSON.stringify(said) ?? 'no reason given');
}
