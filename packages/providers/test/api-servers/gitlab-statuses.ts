import type { Reply } from './dialect.ts';
import { fieldsOf, type StatusDialect, textOf } from './status-dialect.ts';

const FINISHED = ['success', 'failed', 'canceled', 'skipped'];

/** https://docs.gitlab.com/api/commits/#set-commit-pipeline-status, as `Ci::CreateCommitStatusService` does it */
export const gitlabStatuses: StatusDialect = {
  forbidden: { status: 403, json: { message: '403 Forbidden' } },
  async answer({ body, book, method, url }, state) {
    const [, path = '', sha = ''] = /^\/api\/v4\/projects\/([^/]+)\/statuses\/([^/]+)$/.exec(url.pathname) ?? [];
    const repositoryPath = decodeURIComponent(path);
    const git = state.repository(repositoryPath);
    if (git === undefined || method !== 'POST') return undefined;
    const fields = fieldsOf(body);
    const wanted = String(fields.state);
    if (!['pending', 'running', ...FINISHED].includes(wanted)) return refused('state does not have a valid value');
    if ((await git.readCommit(sha)) === undefined) return { status: 404, json: { message: '404 Commit Not Found' } };
    const [branch] = await git.listRefs('refs/heads/');
    const ref = textOf(fields.ref) ?? branch?.replace('refs/heads/', '');
    if (ref === undefined) return { status: 404, json: { message: '404 References for commit Not Found' } };
    const context = textOf(fields.name) ?? 'default';
    const targetUrl = textOf(fields.target_url);
    const description = textOf(fields.description) ?? '';
    if ([context, targetUrl ?? '', description].some((text) => Array.from(text).length > 255)) {
      return refused({ target_url: ['is too long (maximum is 255 characters)'] });
    }
    const known = book.shown(repositoryPath, sha).find((kept) => kept.context === context && kept.other?.ref === ref);
    const unfinished = known === undefined || FINISHED.includes(known.state) ? undefined : known.state;
    if (wanted === 'pending' && unfinished !== undefined) return cannot('enqueue', unfinished);
    if (wanted === 'running' && unfinished === 'running') return cannot('run', unfinished);
    book.keep({ repositoryPath, sha, context, state: wanted, description, targetUrl, other: { ref } });
    return { status: 201, json: { sha, ref, status: wanted, name: context } };
  },
};

const refused = (message: unknown): Reply => ({ status: 400, json: { message } });

function cannot(event: string, from: string): Reply {
  return refused(
    `Cannot transition status via :${event} from :${from} (Reason(s): Status cannot transition via "${event}")`,
  );
}
