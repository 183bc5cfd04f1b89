import { TemplateError } from './template-error.ts';

/** `${Bucket.Arn}` → `{name: 'Bucket.Arn'}`; `${!Literal}` → the text `${Literal}`. */
export type SubPart = { readonly text: string } | { readonly name: string };

const PLACEHOLDER = /\$\{([^}]*)\}/g;
const NAME = /^[A-Za-z0-9_.:]+$/;

/** Splits an Fn::Sub string into literal text and variable names. */
export function parseSub(template: string): SubPart[] {
  const parts: SubPart[] = [];
  let end = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    const inner = match[1] ?? '';
    if (match.index > end) parts.push({ text: template.slice(end, match.index) });
    end = match.index + match[0].length;
    if (inner.startsWith('!')) parts.push({ text: `\${${inner.slice(1)}}` });
    else if (NAME.test(inner)) parts.push({ name: inner });
    else {
      throw new TemplateError(
        `Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons; found \${${inner}} (write \${!${inner}} for the literal text)`,
      );
    }
  }
  if (end < template.length) parts.push({ text: template.slice(end) });
  return parts;
}
