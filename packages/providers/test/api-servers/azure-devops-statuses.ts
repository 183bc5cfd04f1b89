import type { Reply } from './dialect.ts';
import { fieldsOf, type StatusDialect, textOf } from './status-dialect.ts';

/** https://learn.microsoft.com/rest/api/azure/devops/git/statuses/create */
export const azureDevopsStatuses: StatusDialect = {
  forbidden: { status: 401, json: { message: 'TF400813: The user is not authorized to access this resource.' } },
  async answer({ body, book, headers, method, url }, state) {
    const form = /^\/([^/]+)\/([^/]+)\/_apis\/git\/repositories\/([^/]+)\/commits\/([^/]+)\/statuses$/;
    const [, organization = '', project = '', name = '', sha = ''] = form.exec(url.pathname) ?? [];
    const repositoryPath = [organization, project, '_git', name].map(decodeURIComponent).join('/');
    const git = state.repository(repositoryPath);
    if (git === undefined || method !== 'POST' || (await git.readCommit(sha)) === undefined) return undefined;
    if (!url.searchParams.has('api-version') && !/;api-version=/.test(headers.accept ?? '')) {
      return refused('No api-version was supplied');
    }
    const fields = fieldsOf(body);
    const { genre, name: contextName } = { ...(typeof fields.context === 'object' && fields.context) } as Record<
      string,
      unknown
    >;
    if (textOf(contextName) === undefined) return refused('The status context name is required');
    if (!['notSet', 'pending', 'succeeded', 'failed', 'error', 'notApplicable'].includes(String(fields.state))) {
      return refused('The status state is not valid');
    }
    book.keep({
      repositoryPath,
      sha,
      context: `${textOf(genre) ?? ''}/${textOf(contextName)}`,
      state: String(fields.state),
      description: textOf(fields.description) ?? '',
      targetUrl: textOf(fields.targetUrl),
    });
    return { status: 201, json: { state: fields.state, context: fields.context } };
  },
};

const refused = (message: string): Reply => ({ status: 400, json: { message } });
