import type { Conversion } from './conversion.ts';
import { encodeText } from './encode-text.ts';
import { expandIdent } from './expand-ident.ts';
import { expandIdentStreamed } from './expand-ident-streamed.ts';
import { isConvertibleText, toCrlf } from './to-crlf.ts';

/**
 * A file's content as a checkout writes it; the same buffer where nothing changes. Undefined where only git knows the encoding.
 * `blob` is the ID that `$Id$` shows.
 */
export function convertContent(content: Buffer, conversion: Conversion, blob: string): Buffer | undefined {
  const { ident, crlf, encoding, isHeldWhole } = conversion;
  const expand = isHeldWhole ? expandIdent : expandIdentStreamed;
  const expanded = ident ? expand(content, blob) : content;
  const isConverted = crlf === 'text' || (crlf === 'auto' && isConvertibleText(expanded));
  const ended = isConverted ? toCrlf(expanded) : expanded;
  // An empty content gets no byte order mark either.
  return encoding === undefined || ended.length === 0 ? ended : encodeText(ended, encoding);
}
