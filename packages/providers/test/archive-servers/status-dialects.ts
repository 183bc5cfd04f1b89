import { githubStatuses } from './github-statuses.ts';
import type { StatusDialect } from './status-dialect.ts';

/** By provider. */
export const STATUS_DIALECTS: Readonly<Record<string, StatusDialect>> = {
  github: githubStatuses,
};
