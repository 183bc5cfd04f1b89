import type { RequestContext } from './request-context.ts';
import { literal, type Pattern, wildcard } from './wildcard.ts';

/** `${aws:PrincipalArn}`, `${aws:PrincipalTag/team, 'none'}`, and `${*}`, `${?}`, `${$}` for the characters themselves. */
const VARIABLE = /\$\{([^}]*)\}/;

/**
 * A policy's text as a pattern, variables put in; undefined when one has no value in this request and no default,
 * because such a text matches nothing.
 */
export function resolvePattern(text: string, context: RequestContext, wildcards: boolean): Pattern | undefined {
  const plain = wildcards ? wildcard : literal;
  const pattern: Pattern[number][] = [];
  let rest = text;
  for (let match = VARIABLE.exec(rest); match !== null; match = VARIABLE.exec(rest)) {
    const value = variableValue(match[1] ?? '', context);
    if (value === undefined) return undefined;
    pattern.push(...plain(rest.slice(0, match.index)), ...literal(value));
    rest = rest.slice(match.index + match[0].length);
  }
  pattern.push(...plain(rest));
  return pattern;
}

function variableValue(inside: string, context: RequestContext): string | undefined {
  if (inside === '*' || inside === '?' || inside === '$') return inside;
  const [key = '', fallback] = inside.split(',').map((part) => part.trim());
  return context.get(key)?.[0] ?? (fallback === undefined ? undefined : fallback.replace(/^'(.*)'$/, '$1'));
}
