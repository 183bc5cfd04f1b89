/**
 * The pattern language of trigger filters as a regular expression; undefined where a pattern is not well formed.
 * `*` stays within one name between slashes, `**` crosses them, `?` is one character, `[a-z]` and `[!a-z]` are sets,
 * `{a,b}` are alternatives that do not nest, a backslash takes the next character as it is.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html
 */
export function globExpression(pattern: string): RegExp | undefined {
  const tokens = pattern.match(TOKEN) ?? [];
  let source = '';
  let inGroup = false;
  for (const token of tokens) {
    if (token === '{' ? inGroup : token === '}' && !inGroup) return undefined;
    if (token === '{' || token === '}') inGroup = token === '{';
    const translated = translate(token, inGroup);
    if (translated === undefined) return undefined;
    source += translated;
  }
  if (inGroup || pattern === '') return undefined;
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    // A range the wrong way round, [z-a].
    return undefined;
  }
}

const TOKEN = /\\.|\*\*|\[!?[^\]]+\]|./gsu;

function translate(token: string, inGroup: boolean): string | undefined {
  switch (token) {
    case '**':
      return '.*';
    case '*':
      return '[^/]*';
    case '?':
      return '[^/]';
    case '{':
      return '(?:';
    case '}':
      return ')';
    case ',':
      return inGroup ? '|' : ',';
    // A set that never closes, or nothing to escape.
    case '[':
    case '\\':
      return undefined;
    default:
      return token.startsWith('[') && token.length > 1 ? characterSet(token) : literal(token.replace(/^\\/, ''));
  }
}

/** Within brackets `*`, `?` and the backslash stand for themselves. */
function characterSet(token: string): string {
  const negated = token.startsWith('[!');
  const members = token.slice(negated ? 2 : 1, -1).replaceAll(/[\\^[\]]/g, '\\$&');
  return `(?!/)[${negated ? '^' : ''}${members}]`;
}

function literal(character: string): string {
  return character.replaceAll(/[$()*+./?[\\\]^{|}]/g, '\\$&');
}
