import type { Attributes } from './attribute-stack.ts';
import type { AttributeSetting } from './parse-attributes.ts';

/** What a checkout on Linux does to a file's content, without any configuration: in this order. */
export interface Conversion {
  readonly ident: boolean;
  /** Line ends become CRLF: of `text`, or of what looks like text. */
  readonly crlf: 'never' | 'text' | 'auto';
  /** Not UTF-8. */
  readonly encoding: string | undefined;
  /** Git holds the content whole, and does not convert it while it is written; `ident` depends on it. */
  readonly isHeldWhole: boolean;
}

/** Settings without which a checkout changes nothing: `text` alone is the line end of Linux, and a filter needs a driver. */
export function convertsOnCheckout({ name, value }: AttributeSetting): boolean {
  if (name === 'ident') return value === true;
  if (name === 'eol') return value === 'crlf';
  return name === 'working-tree-encoding' && value !== undefined && value !== '' && !isUtf8(value);
}

/** The conversion that a path's attributes ask for. https://git-scm.com/docs/gitattributes */
export function conversionOf(attributes: Attributes): Conversion {
  const set = attributes.get('working-tree-encoding');
  // Git ends with an error where it is only set or only unset; no encoding has such a name.
  const encoding = set === undefined || set === '' || isUtf8(set) ? undefined : String(set);
  const text = textOf(attributes);
  const eol = attributes.get('eol');
  return {
    ident: attributes.get('ident') === true,
    crlf: eol === 'crlf' ? text : 'never',
    encoding,
    isHeldWhole: encoding !== undefined || (text === 'auto' && eol !== 'lf'),
  };
}

/** As people write them: `eol=crlf`. */
export function attributesBehind({ ident, crlf, encoding }: Conversion): string[] {
  return [
    ...(crlf === 'never' ? [] : ['eol=crlf']),
    ...(ident ? ['ident'] : []),
    ...(encoding === undefined ? [] : [`working-tree-encoding=${encoding}`]),
  ];
}

/**
 * Which contents an `eol` would concern. `crlf` is what `text` was called once; it counts where `text` says nothing that git knows,
 * and where neither does, an `eol` is enough.
 */
function textOf(attributes: Attributes): Conversion['crlf'] {
  for (const name of ['text', 'crlf']) {
    const value = attributes.get(name);
    if (value === false) return 'never';
    if (value === 'auto') return 'auto';
    if (value === true || value === 'input') return 'text';
  }
  return 'text';
}

function isUtf8(encoding: string | boolean): boolean {
  return typeof encoding === 'string' && /^utf-?8$/i.test(encoding);
}
