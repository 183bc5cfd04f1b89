/** Front of the path of every API's own URL: `/execute-api/<apiId>[/<stage>]/…`. */
export const EXECUTE_API_PATH = '/execute-api/';

/** An API's host on AWS, `<apiId>[-vpce-…].execute-api.…`, which is answered here as well. */
const API_HOST = /^([a-z0-9]+)(-vpce-[0-9a-f]+)?\.execute-api\./;

/** Which API a request is for, and the path within it, from stage or route on. */
export interface ApiAddress {
  readonly apiId: string;
  readonly path: string;
}

/** By Host header, else by the path; undefined where neither names an API. `rawPath` may have a query. */
export function apiAddress(host: string, rawPath: string): ApiAddress | undefined {
  const path = rawPath.split('?')[0] ?? '';
  const byHost = API_HOST.exec(hostName(host))?.[1];
  if (byHost !== undefined) return { apiId: byHost, path };
  if (!path.startsWith(EXECUTE_API_PATH)) return undefined;
  const [apiId = '', ...rest] = path.slice(EXECUTE_API_PATH.length).split('/');
  return { apiId, path: `/${rest.join('/')}` };
}

/** `Git.Example.com:443` → `git.example.com` */
export function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
