import { decode, type Reply, type ServerState } from './dialect.ts';
import { fieldsOf, type StatusApiRequest, type StatusDialect, textOf } from './status-dialect.ts';

const invalid = (errors: string): Reply => ({
  status: 422,
  json: { message: 'Validation Failed', errors: `Validation failed: ${errors}`, status: '422' },
});
const noCommit = (sha: string): Reply => ({
  status: 422,
  json: { message: `No commit found for SHA: ${sha}`, status: '422' },
});
const notForApp: Reply = { status: 403, json: { message: 'Resource not accessible by integration', status: '403' } };

/** https://docs.github.com/rest/commits/statuses, https://docs.github.com/rest/checks/runs; limits as issues of public clients show them */
export const githubStatuses: StatusDialect = {
  forbidden: { status: 403, json: { message: 'Resource not accessible by personal access token', status: '403' } },
  async answer(request, state) {
    const form = /^\/api\/v3\/repos\/([^/]+\/[^/]+)\/(statuses|check-runs|commits)(?:\/([^/]+)(\/check-runs)?)?$/;
    const [, path = '', kind = '', name = '', listed] = form.exec(request.url.pathname) ?? [];
    const repositoryPath = decode(path);
    if (state.repository(repositoryPath) === undefined) return undefined;
    if (kind === 'statuses' && request.method === 'POST') return keepStatus(request, state, repositoryPath, name);
    if (kind === 'check-runs') return keepCheckRun(request, state, repositoryPath, name);
    if (kind === 'commits' && listed !== undefined) return listCheckRuns(request, state, repositoryPath, name);
    return undefined;
  },
};

async function keepStatus(
  { body, book, permissions }: StatusApiRequest,
  state: ServerState,
  repositoryPath: string,
  sha: string,
): Promise<Reply> {
  if (permissions !== undefined && permissions.statuses !== 'write') return notForApp;
  const fields = fieldsOf(body);
  const context = textOf(fields.context) ?? 'default';
  const description = textOf(fields.description) ?? '';
  if ((await state.repository(repositoryPath)?.readCommit(sha)) === undefined) return noCommit(sha);
  if (!['error', 'failure', 'pending', 'success'].includes(String(fields.state))) {
    return invalid('State is not included in the list');
  }
  if (Array.from(description).length > 140) return invalid('Description is too long (maximum is 140 characters)');
  if (Array.from(context).length > 255) return invalid('Context is too long (maximum is 255 characters)');
  const isSame = (kept: { context: string; repositoryPath: string; sha: string }) =>
    kept.context === context && kept.repositoryPath === repositoryPath && kept.sha === sha;
  if (book.taken.filter(isSame).length >= book.limit) {
    return invalid('This SHA and context has reached the maximum number of statuses.');
  }
  book.keep({
    repositoryPath,
    sha,
    context,
    state: String(fields.state),
    description,
    targetUrl: textOf(fields.target_url),
  });
  return { status: 201, json: { state: fields.state, context } };
}

/** Each is kept as a status of its own, named after the run. */
const NUMBER = /#(\d+)$/;

async function keepCheckRun(
  { body, book, method, permissions }: StatusApiRequest,
  state: ServerState,
  repositoryPath: string,
  number: string,
): Promise<Reply | undefined> {
  if (permissions === undefined) {
    return { status: 403, json: { message: 'You must authenticate via a GitHub App.', status: '403' } };
  }
  if (permissions.checks !== 'write') return notForApp;
  const fields = fieldsOf(body);
  const known = number === '' ? undefined : book.taken.findLast(({ context }) => context.endsWith(`#${number}`));
  if (method !== (number === '' ? 'POST' : 'PATCH') || (number !== '' && known === undefined)) return undefined;
  const sha = known?.sha ?? String(fields.head_sha);
  if ((await state.repository(repositoryPath)?.readCommit(sha)) === undefined) return noCommit(sha);
  const output = { ...(typeof fields.output === 'object' && fields.output) } as Record<string, unknown>;
  if (textOf(output.title) === undefined || textOf(output.summary) === undefined)
    return invalid('output is incomplete');
  const status = String(fields.status);
  const conclusion = textOf(fields.conclusion);
  if ((status === 'completed') !== (conclusion !== undefined)) return invalid('conclusion is of completed runs');
  const count = new Set(book.taken.map(({ context }) => NUMBER.exec(context)?.[1])).size;
  book.keep({
    repositoryPath,
    sha,
    context: known?.context ?? `${String(fields.name)}#${count + 1}`,
    state: conclusion ?? status,
    description: String(output.title),
    targetUrl: textOf(fields.details_url),
    other: { external_id: fields.external_id ?? known?.other?.external_id, summary: output.summary, status },
  });
  return { status: known === undefined ? 201 : 200, json: { id: Number(number) || count + 1 } };
}

async function listCheckRuns(
  { book, permissions, url }: StatusApiRequest,
  state: ServerState,
  repositoryPath: string,
  sha: string,
): Promise<Reply> {
  if (permissions !== undefined && permissions.checks === undefined) return notForApp;
  if ((await state.repository(repositoryPath)?.readCommit(sha)) === undefined) return noCommit(sha);
  const name = url.searchParams.get('check_name') ?? '';
  const runs = book.shown(repositoryPath, sha).filter(({ context }) => context.replace(NUMBER, '') === name);
  // The newest of each app, which here is told by its ID.
  const newest = [...new Map(runs.map((run) => [run.other?.external_id, run])).values()];
  return {
    json: {
      total_count: newest.length,
      check_runs: newest.map(({ context, description, other, state: shown, targetUrl }) => ({
        id: Number(NUMBER.exec(context)?.[1]),
        name,
        external_id: other?.external_id ?? null,
        status: other?.status,
        conclusion: other?.status === 'completed' ? shown : null,
        details_url: targetUrl ?? null,
        output: { title: description },
      })),
    },
  };
}
