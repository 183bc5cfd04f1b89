import { type ApiAddress, apiAddress, hostName } from './api-address.ts';
import type { HttpApiRecord, StageRecord } from './http-api-record.ts';
import type { HttpApiStore } from './http-api-store.ts';

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

/** By a custom domain, else by the API's own host or path. */
export function locateStage(store: HttpApiStore, host: string, rawPath: string): Located | undefined {
  if (store.domains.has(hostName(host))) return locateByDomain(store, host, rawPath);
  const address = apiAddress(host, rawPath);
  return address && locateInApi(store, address);
}

function locateInApi(store: HttpApiStore, { apiId, path: seenPath }: ApiAddress): Located | undefined {
  const api = store.apis.get(apiId);
  if (api === undefined || api.settings.DisableExecuteApiEndpoint === true) return undefined;
  const domainName = `${apiId}.execute-api.${store.cloud.region}.amazonaws.com`;
  const [, first = '', ...rest] = seenPath.split('/');
  const named = first !== '$default' && Object.hasOwn(api.stages, first) ? api.stages[first] : undefined;
  if (named !== undefined) {
    return { api, stageName: first, stage: named, routePath: `/${rest.join('/')}`, seenPath, domainName };
  }
  const stage = api.stages.$default;
  if (stage === undefined) return undefined;
  return { api, stageName: '$default', stage, routePath: seenPath, seenPath, domainName };
}

/** The longest mapping key that starts the path wins. */
function locateByDomain(store: HttpApiStore, host: string, rawPath: string): Located | undefined {
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
