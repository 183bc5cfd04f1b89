/** A route key that was read: `POST /webhooks/{connection}`. */
export interface RouteKey {
  /** `ANY` matches all. */
  readonly method: string;
  readonly segments: readonly string[];
}

const METHODS = ['ANY', 'GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'];

/** Undefined for what is not a route key; `$default` has no method and path and is not read here. */
export function parseRouteKey(key: string): RouteKey | undefined {
  const [method = '', path = '', ...more] = key.split(' ');
  if (more.length > 0 || !METHODS.includes(method) || !path.startsWith('/')) return undefined;
  const segments = path === '/' ? [] : path.slice(1).split('/');
  const isKnown = (segment: string, at: number) =>
    /^[^{}]+$/.test(segment) ||
    /^\{[\w.-]+\}$/.test(segment) ||
    (/^\{[\w.-]+\+\}$/.test(segment) && at === segments.length - 1);
  return segments.every(isKnown) ? { method, segments } : undefined;
}

/** Path parameters, decoded, where a path has the shape of a route; else undefined. `path` is decoded. */
export function matchPath(segments: readonly string[], path: string): Readonly<Record<string, string>> | undefined {
  const parts = path === '/' ? [] : path.slice(1).split('/');
  const parameters: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    const [, name, greedy] = /^\{([\w.-]+)(\+?)\}$/.exec(segment) ?? [];
    const rest = parts.slice(at);
    if (rest.length === 0 || (rest.length === 1 && rest[0] === '' && name !== undefined)) return undefined;
    if (name === undefined ? segment !== rest[0] : false) return undefined;
    if (name !== undefined) parameters[name] = greedy === '+' ? rest.join('/') : (rest[0] ?? '');
    if (greedy === '+') return parameters;
  }
  return parts.length === segments.length ? parameters : undefined;
}

/** Orders routes that match one request: literal text before `{name}` before `{name+}`, by segment; then ANY last. */
export function compareRoutes(a: RouteKey, b: RouteKey): number {
  for (let at = 0; at < Math.max(a.segments.length, b.segments.length); at++) {
    const difference = rank(a.segments[at]) - rank(b.segments[at]);
    if (difference !== 0) return difference;
  }
  return Number(a.method === 'ANY') - Number(b.method === 'ANY');
}

function rank(segment: string | undefined): number {
  if (segment === undefined) return 3;
  return segment.endsWith('+}') ? 2 : segment.startsWith('{') ? 1 : 0;
}
