import type { ApiConnection } from '../repository-query.ts';

const PUBLIC_HOST = 'bitbucket.org';

/** Archives and tokens are on the web site, all else is on the API's own host. */
export function siteUrlOf({ host = PUBLIC_HOST }: Pick<ApiConnection, 'host'>): string {
  return `https://${host === `www.${PUBLIC_HOST}` ? PUBLIC_HOST : host}`;
}

/** https://developer.atlassian.com/cloud/bitbucket/rest/intro/ */
export function apiUrlOf({ apiUrl }: Pick<ApiConnection, 'apiUrl'>): string {
  return (apiUrl ?? 'https://api.bitbucket.org').replace(/\/+$/, '').replace(/\/2\.0$/, '');
}
