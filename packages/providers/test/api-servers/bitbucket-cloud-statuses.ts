import { decode, type Reply } from './dialect.ts';
import { fieldsOf, type StatusDialect, textOf } from './status-dialect.ts';

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/ */
export const bitbucketCloudStatuses: StatusDialect = {
  forbidden: {
    status: 403,
    json: { type: 'error', error: { message: 'Your credentials lack one or more required privilege scopes.' } },
  },
  async answer({ body, book, method, url }, state) {
    const form = /^\/2\.0\/repositories\/([^/]+\/[^/]+)\/commit\/([^/]+)\/statuses\/build$/;
    const [, path = '', sha = ''] = form.exec(url.pathname) ?? [];
    const repositoryPath = decode(path);
    const git = state.repository(repositoryPath);
    if (git === undefined || method !== 'POST' || (await git.readCommit(sha)) === undefined) return undefined;
    const fields = fieldsOf(body);
    const {
      key = '',
      url: targetUrl = '',
      name = '',
    } = {
      key: textOf(fields.key),
      url: textOf(fields.url),
      name: textOf(fields.name),
    };
    if (key === '') return invalid('key', 'required key not provided');
    if (Array.from(key).length > 40)
      return invalid('key', `Ensure this value has at most 40 characters (it has ${key.length}).`);
    if (!/^https?:\/\//.test(targetUrl) || targetUrl.length > 450) return invalid('url', 'Enter a valid URL.');
    if (Array.from(name).length > 255) return invalid('name', 'Ensure this value has at most 255 characters.');
    if (!['SUCCESSFUL', 'FAILED', 'INPROGRESS', 'STOPPED'].includes(String(fields.state))) {
      return invalid('state', 'Select a valid choice.');
    }
    book.keep({
      repositoryPath,
      sha,
      context: key,
      state: String(fields.state),
      description: textOf(fields.description) ?? '',
      targetUrl,
      other: { name },
    });
    return { status: 201, json: { type: 'build', key, state: fields.state } };
  },
};

function invalid(field: string, problem: string): Reply {
  const error = { message: `${field}: ${problem}`, fields: { [field]: [problem] } };
  return { status: 400, json: { type: 'error', error } };
}
