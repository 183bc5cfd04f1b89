import { decode, type Reply } from './dialect.ts';
import { fieldsOf, type StatusDialect, textOf } from './status-dialect.ts';

/** https://developer.atlassian.com/server/bitbucket/how-tos/updating-build-status-for-commits */
export const bitbucketServerStatuses: StatusDialect = {
  forbidden: { status: 401, json: { errors: [{ message: 'You are not permitted to access this resource' }] } },
  async answer({ body, book, lacks, method, url }, state) {
    if (method !== 'POST') return undefined;
    const form = /^\/rest\/api\/latest\/projects\/([^/]+)\/repos\/([^/]+)\/commits\/([^/]+)\/builds$/;
    const [, project = '', slug = '', sha = ''] = form.exec(url.pathname) ?? [];
    const [, oldSha] = /^\/rest\/build-status\/1\.0\/commits\/([^/]+)$/.exec(url.pathname) ?? [];
    const repositoryPath = oldSha === undefined ? decode(`${project}/${slug}`) : '';
    if (oldSha === undefined) {
      const git = state.repository(repositoryPath);
      if (git === undefined || lacks.includes('builds') || (await git.readCommit(sha)) === undefined) return undefined;
    }
    const fields = fieldsOf(body);
    const states = [
      'SUCCESSFUL',
      'FAILED',
      'INPROGRESS',
      ...(lacks.includes('cancelled') ? [] : ['CANCELLED', 'UNKNOWN']),
    ];
    if (!states.includes(String(fields.state))) return invalid('state');
    const key = textOf(fields.key) ?? '';
    const targetUrl = textOf(fields.url) ?? '';
    const name = textOf(fields.name) ?? '';
    const description = textOf(fields.description) ?? '';
    if (key === '' || key.length > 255) return invalid('key');
    if (!/^https?:\/\//.test(targetUrl) || targetUrl.length > 450) return invalid('url');
    if (name.length > 255 || description.length > 255) return invalid('description');
    const { parent, ref } = fields;
    if (ref !== undefined && textOf(ref)?.startsWith('refs/') !== true) return invalid('ref');
    const other = { name, parent, ref };
    book.keep({
      repositoryPath,
      sha: oldSha ?? sha,
      context: key,
      state: String(fields.state),
      description,
      targetUrl,
      other,
    });
    return { status: 204, json: undefined };
  },
};

function invalid(context: string): Reply {
  return { status: 400, json: { errors: [{ context, message: 'not valid' }] } };
}
