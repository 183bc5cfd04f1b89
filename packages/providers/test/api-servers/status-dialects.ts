import { azureDevopsStatuses } from './azure-devops-statuses.ts';
import { bitbucketCloudStatuses } from './bitbucket-cloud-statuses.ts';
import { bitbucketServerStatuses } from './bitbucket-server-statuses.ts';
import { giteaStatuses } from './gitea-statuses.ts';
import { githubStatuses } from './github-statuses.ts';
import { gitlabStatuses } from './gitlab-statuses.ts';
import type { StatusDialect } from './status-dialect.ts';

export const STATUS_DIALECTS = {
  'azure-devops': azureDevopsStatuses,
  'bitbucket-cloud': bitbucketCloudStatuses,
  'bitbucket-server': bitbucketServerStatuses,
  gitea: giteaStatuses,
  github: githubStatuses,
  gitlab: gitlabStatuses,
} as const satisfies Record<string, StatusDialect>;
