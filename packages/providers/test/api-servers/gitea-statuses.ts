import { decode } from './dialect.ts';
import { fieldsOf, type StatusDialect, textOf } from './status-dialect.ts';

/** `repoCreateStatus` of https://docs.gitea.com/api/ */
export const giteaStatuses: StatusDialect = {
  forbidden: {
    status: 403,
    json: { message: 'token does not have at least one of required scope(s), required=[write:repository]' },
  },
  async answer({ body, book, method, url }, state) {
    const [, path = '', sha = ''] = /^\/api\/v1\/repos\/([^/]+\/[^/]+)\/statuses\/([^/]+)$/.exec(url.pathname) ?? [];
    const repositoryPath = decode(path);
    const git = state.repository(repositoryPath);
    if (git === undefined || method !== 'POST') return undefined;
    const fields = fieldsOf(body);
    if ((await git.readCommit(sha)) === undefined) return { status: 500, json: { message: '' } };
    if (!['pending', 'success', 'error', 'failure', 'warning'].includes(String(fields.state))) {
      return { status: 422, json: { message: '[State]: Invalid' } };
    }
    const context = textOf(fields.context) ?? '';
    const description = textOf(fields.description) ?? '';
    const targetUrl = textOf(fields.target_url);
    book.keep({ repositoryPath, sha, context, state: String(fields.state), description, targetUrl });
    return { status: 201, json: { context, status: fields.state } };
  },
};
