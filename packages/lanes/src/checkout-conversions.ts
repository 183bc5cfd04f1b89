/** Git ignores longer lines. https://git-scm.com/docs/gitattributes */
const MAX_LINE_BYTES = 2048;
/** Names of filters and encodings are free text. */
const MAX_SHOWN_CHARACTERS = 60;

/**
 * The attributes in a `.gitattributes` file by which `git checkout` on Linux would write other bytes than are committed:
 * `eol=crlf`, `ident`, `filter=<name>` and `working-tree-encoding=<other than UTF-8>`. `text`, `eol=lf` and `binary` change
 * nothing there. Whether a path matches is not looked at, so this says what could change; macros count by their definition.
 */
export function conversionsOf(attributes: string): readonly string[] {
  const lines = attributes.split('\n').filter((line) => Buffer.byteLength(line) <= MAX_LINE_BYTES);
  const found = lines.flatMap((line) => attributesOf(line).filter(convertsOnCheckout));
  return [...new Set(found.map((attribute) => attribute.slice(0, MAX_SHOWN_CHARACTERS)))];
}

/** The words after a line's pattern, which may be quoted, or after the name of the macro that it defines. */
function attributesOf(line: string): readonly string[] {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return [];
  const rest = text.replace(/^(?:"(?:[^"\\]|\\.)*"|[^ \t]+)/, '');
  return rest.split(/[ \t\r]+/).filter((word) => word !== '');
}

function convertsOnCheckout(attribute: string): boolean {
  const [name = '', value] = attribute.split(/=(.*)/s);
  if (name === 'ident') return value === undefined;
  if (value === undefined || value === '') return false;
  if (name === 'eol') return value === 'crlf';
  if (name === 'filter') return true;
  return name === 'working-tree-encoding' && !/^utf-?8$/i.test(value);
}
