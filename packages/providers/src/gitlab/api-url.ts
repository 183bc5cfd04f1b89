import type { Connection } from '@gitsource/runtime';

/** Without `/api/v4`. */
export function serverUrlOf({ apiUrl, host = 'gitlab.com' }: Pick<Connection, 'apiUrl' | 'host'>): string {
  return (apiUrl ?? `https://${host}`).replace(/\/+$/, '').replace(/\/api\/v4$/, '');
}
