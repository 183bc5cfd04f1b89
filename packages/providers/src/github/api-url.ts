import type { Connection } from '@gitsource/runtime';

/** Enterprise Server has its API below its own host. https://docs.github.com/enterprise-server/rest */
export function apiUrlOf({ apiUrl, host = 'github.com' }: Pick<Connection, 'apiUrl' | 'host'>): string {
  if (apiUrl !== undefined) return apiUrl.replace(/\/+$/, '');
  return /^(?:www\.)?github\.com$/i.test(host) ? 'https://api.github.com' : `https://${host}/api/v3`;
}
