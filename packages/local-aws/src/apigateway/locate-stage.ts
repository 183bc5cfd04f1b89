import type { HttpApiRecord, StageRecord } from './http-api-record.ts';
import type { HttpApiStore } from './http-api-store.ts';

/** Front of the path of every API's own URL: `/execute-api/<apiId>[/<stage>]/…`. */
export const EXECUTE_API_PATH = '/execute-api/';

/** Which stage of which API a request is for. */
export interface Located {
  readonly api: HttpApiRecord;
  readonly stageName: string;
  readonly stage: StageRecord;
  /** What routes match, percent-encoded: without stage and mapping key. */
  readonly routePath: string;
  /** What the function sees as rawPath: with the stage, where that is named; without a mapping key. */
  readonly seenPath: string;
  readonly domainName: string;
  readonly basePathMatched?: string;
}

/** By the API's own URL, `/execute-api/<apiId>/…`. */
export function locateByPath(store: HttpApiStore, rawPath: string): Located | undefined {
  const [id = '', ...rest] = rawPath.slice(EXECUTE_API_PATH.length).split('/');
  const api = store.apis.get(id);
  if (api === undefined || api.settings.DisableExecuteApiEndpoint === true) return undefined;
  const domainName = `${id}.execute-api.${store.cloud.region}.amazonaws.com`;
  const [first = ''] = rest;
  const seenPath = `/${rest.join('/')}`;
  const named = first !== '$default' && Object.hasOwn(api.stages, first) ? api.stages[first] : undefined;
  if (named !== undefined) {
    const routePath = `/${rest.slice(1).join('/')}`;
    return { api, stageName: first, stage: named, routePath, seenPath, domainName };
  }
  const stage = api.stages.$default;
  return stage === undefined
    ? undefined
    : { api, stageName: '$default', stage, routePath: seenPath, seenPath, domainName };
}

/** By a custom domain in the Host header; the longest mapping key that starts the path wins. */
export function locateByHost(store: HttpApiStore, host: string, rawPath: string): Located | undefined {
  const domain = store.domains.get(hostName(host));
  const [mapping] = Object.values(domain?.mappings ?? {})
    .filter(({ ApiMappingKey: key }) => key === '' || rawPath === `/${key}` || rawPath.startsWith(`/${key}/`))
    .sort((a, b) => b.ApiMappingKey.length - a.ApiMappingKey.length);
  const api = store.apis.get(mapping?.ApiId ?? '');
  const stage = api?.stages[mapping?.Stage ?? ''];
  if (domain === undefined || mapping === undefined || api === undefined || stage === undefined) return undefined;
  const key = mapping.ApiMappingKey;
  const routePath = (key === '' ? rawPath : rawPath.slice(key.length + 1)) || '/';
  return {
    api,
    stageName: mapping.Stage,
    stage,
    routePath,
    seenPath: mapping.Stage === '$default' ? routePath : `/${mapping.Stage}${routePath}`,
    domainName: domain.domainName,
    ...(key !== '' && { basePathMatched: key }),
  };
}

/** `Git.Example.com:443` → `git.example.com` */
export function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
