import { ServiceError } from '../cloud/service.ts';
import type { OperationModel } from './service-api.ts';

/** One request line with path-style addressing, decoded. */
export interface S3Target {
  readonly method: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
}

interface Route {
  readonly operation: OperationModel;
  readonly method: string;
  readonly level: Level;
  /** What the model's URI holds after `?`: `list-type=2`, `uploads`. */
  readonly fixed: readonly (readonly [key: string, value: string])[];
  readonly query: readonly string[];
  readonly headers: readonly string[];
}

type Level = 'service' | 'bucket' | 'key';

/** Bucket subresources that are answered as themselves or not at all, never taken for a listing or an upload. */
const SUBRESOURCES =
  /^(acl|cors|logging|website|replication|torrent|object-lock|legal-hold|retention|restore|select|requestPayment|accelerate|abac|session)$/;

/** Finds an operation by method, path and what the published model says of its query and headers. */
export function createRouter(operations: Iterable<OperationModel>): (target: S3Target) => OperationModel {
  const routes = [...operations].flatMap((operation) => readRoute(operation) ?? []);
  return (target) => {
    const level: Level = target.key !== undefined ? 'key' : target.bucket !== undefined ? 'bucket' : 'service';
    const named = target.query.get('x-id');
    const fitting = routes
      .filter((route) => route.method === target.method && route.level === level && fits(route, target))
      .sort((a, b) => weight(b) - weight(a));
    const found = fitting.find((route) => route.operation.name === named) ?? fitting[0];
    const unanswered = [...target.query.keys()].find(
      (name) => SUBRESOURCES.test(name) && !found?.fixed.some(([fixed]) => fixed === name),
    );
    if (found !== undefined && unanswered === undefined) return found.operation;
    throw new ServiceError(
      'MethodNotAllowed',
      `local-aws knows no S3 operation for ${target.method} on a ${level} with ?${target.query.toString()}.`,
      405,
    );
  };
}

function fits(route: Route, target: S3Target): boolean {
  return (
    route.fixed.every(([key, value]) => target.query.get(key) === value) &&
    route.query.every((name) => target.query.has(name)) &&
    route.headers.every((name) => target.headers[name] !== undefined)
  );
}

function weight(route: Route): number {
  return route.fixed.length + route.query.length + route.headers.length;
}

function readRoute(operation: OperationModel): Route | undefined {
  const [method, uri] = operation.http ?? ['', ''];
  const [path = '', search = ''] = uri.split('?');
  if (path !== '/' && path !== '/{Key+}') return undefined;
  const members = [...operation.input.structIterator()];
  const required = members.slice(0, requiredCount(operation)).map(([, member]) => member.getMergedTraits());
  const hasBucket = members.some(([name, member]) => name === 'Bucket' && member.getMergedTraits().httpLabel);
  return {
    operation,
    method,
    level: path === '/{Key+}' ? 'key' : hasBucket ? 'bucket' : 'service',
    fixed: [...new URLSearchParams(search)].filter(([key]) => key !== 'x-id'),
    query: required.flatMap((traits) => (typeof traits.httpQuery === 'string' ? [traits.httpQuery] : [])),
    headers: required.flatMap((traits) =>
      typeof traits.httpHeader === 'string' ? [traits.httpHeader.toLowerCase()] : [],
    ),
  };
}

/** The last element of a structure's schema counts its required members, which come first. */
function requiredCount(operation: OperationModel): number {
  const raw: unknown = operation.input.getSchema();
  const count: unknown = Array.isArray(raw) ? raw[6] : undefined;
  return typeof count === 'number' ? count : 0;
}
