import type { HttpApiRecord } from './http-api-record.ts';
import { compareRoutes, matchPath, parseRouteKey } from './route-key.ts';

/** The route of an HTTP API that a request takes. */
export interface MatchedRoute {
  readonly routeKey: string;
  /** `/webhooks/{connection}`; '' for `$default`. */
  readonly path: string;
  readonly integrationId: string | undefined;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** The most specific route, else `$default`, else undefined. `path` is decoded. */
export function matchRoute(api: HttpApiRecord, method: string, path: string): MatchedRoute | undefined {
  const routes = Object.values(api.routes);
  const [best] = routes
    .flatMap((route) => {
      const key = parseRouteKey(route.RouteKey);
      if (key === undefined || (key.method !== 'ANY' && key.method !== method)) return [];
      const pathParameters = matchPath(key.segments, path);
      return pathParameters === undefined ? [] : [{ key, route, pathParameters }];
    })
    .sort((a, b) => compareRoutes(a.key, b.key));
  const route = best?.route ?? routes.find(({ RouteKey }) => RouteKey === '$default');
  if (route === undefined) return undefined;
  return {
    routeKey: route.RouteKey,
    path: best === undefined ? '' : `/${best.key.segments.join('/')}`,
    integrationId: route.Target?.replace(/^integrations\//, ''),
    pathParameters: best?.pathParameters ?? {},
  };
}
