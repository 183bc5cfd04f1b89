import type { OperationModel } from './service-api.ts';

/** An operation's URI template, ready to be matched. */
interface Route {
  readonly operation: OperationModel;
  readonly method: string;
  readonly pattern: RegExp;
  readonly labels: readonly string[];
  /** More literal text first: `/functions/x/policy` before `/functions/{name}`. */
  readonly literalLength: number;
}

export interface UriMatch {
  readonly operation: OperationModel;
  /** Decoded. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Matches method and path against the http traits of a service's operations. */
export function uriMatcher(
  operations: Iterable<OperationModel>,
): (method: string, path: string) => UriMatch | undefined {
  const routes = [...operations]
    .flatMap((operation) => (operation.http === undefined ? [] : [route(operation, operation.http)]))
    .sort((a, b) => b.literalLength - a.literalLength);
  return (method, path) => {
    for (const candidate of routes) {
      if (candidate.method !== method) continue;
      const match = candidate.pattern.exec(path);
      if (match === null) continue;
      const entries = candidate.labels.map((label, index) => [label, decode(match[index + 1] ?? '')]);
      return { operation: candidate.operation, labels: Object.fromEntries(entries) };
    }
    return undefined;
  };
}

function route(operation: OperationModel, [method, uri]: readonly [string, string, number]): Route {
  const path = uri.split('?')[0] ?? uri;
  const labels: string[] = [];
  const source = path
    .replace(/\/$/, '')
    .replace(/\{(\w+)(\+?)\}|[^{\w/]/g, (text, label: string | undefined, greedy) => {
      if (label === undefined) return `\\${text}`;
      labels.push(label);
      return greedy === '+' ? '(.+)' : '([^/]+)';
    });
  const literalLength = path.replace(/\{[^}]*\}/g, '').length;
  return { operation, method, pattern: new RegExp(`^${source}/?$`), labels, literalLength };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
