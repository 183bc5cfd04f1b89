/** One record of `git check-attr`: a path, and what is said of it by name (`set`, `unset`, or the value itself). */
export interface PathAttributes {
  readonly path: string;
  readonly values: ReadonlyMap<string, string>;
}

/**
 * The attributes by which a checkout on Linux changes a content, as people write them: `eol=crlf`, `ident`,
 * `working-tree-encoding=UTF-16`. https://git-scm.com/docs/gitattributes
 */
export function conversionAttributes({ values }: Pick<PathAttributes, 'values'>): string[] {
  const encoding = values.get('working-tree-encoding') ?? '';
  return [
    ...(values.get('eol') === 'crlf' && isText(values) ? ['eol=crlf'] : []),
    ...(values.get('ident') === 'set' ? ['ident'] : []),
    ...(/^(?:utf-?8)?$/i.test(encoding) ? [] : [`working-tree-encoding=${encoding}`]),
  ];
}

/** `crlf` is what `text` was called once; an `eol` is enough where neither says anything that git knows. */
function isText(values: PathAttributes['values']): boolean {
  const known = ['text', 'crlf'].map((name) => values.get(name) ?? '');
  return known.find((value) => ['set', 'unset', 'input', 'auto'].includes(value)) !== 'unset';
}
