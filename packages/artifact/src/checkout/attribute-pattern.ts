import { compileWildcards, matchWildcards } from './match-wildcards.ts';

/** Whether a path is one of a pattern's; `name` is the path's last segment, and `path` begins behind the pattern's own folder. */
export type AttributePattern = (path: string, name: string) => boolean;

/**
 * What a pattern of a `.gitattributes` file matches, all of one character for each byte; undefined where that is no file. Cases
 * differ, as on Linux. https://git-scm.com/docs/gitattributes
 */
export function compilePattern(pattern: string): AttributePattern | undefined {
  // Folders have no attributes that a checkout looks at.
  if (pattern === '' || pattern.endsWith('/')) return undefined;
  return pattern.includes('/') ? compilePath(pattern.replace(/^\//, '')) : compileName(pattern);
}

function compileName(pattern: string): AttributePattern {
  if (isLiteral(pattern)) return (_, name) => name === pattern;
  const ending = pattern.slice(1);
  if (pattern.startsWith('*') && isLiteral(ending)) return (_, name) => name.endsWith(ending);
  const wildcards = compileWildcards(pattern, false);
  return (_, name) => matchWildcards(wildcards, name);
}

/** What stands before the first wildcard is compared apart, so that a `**` behind it counts as one that begins the pattern. */
function compilePath(pattern: string): AttributePattern {
  const start = pattern.search(/[*?[\\]/);
  if (start < 0) return (path) => path === pattern;
  const prefix = pattern.slice(0, start);
  const wildcards = compileWildcards(pattern.slice(start), true);
  return (path) => path.startsWith(prefix) && matchWildcards(wildcards, path.slice(start));
}

function isLiteral(pattern: string): boolean {
  return !/[*?[\\]/.test(pattern);
}
