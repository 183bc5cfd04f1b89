import { type PolicyKind, parsePolicy, type Statement } from './parse-policy.ts';

const MAX_ENTRIES = 1000;
const parsed = new Map<string, readonly Statement[]>();

/** `parsePolicy`, remembered by text: the same few documents are asked at every call. Throws PolicyError. */
export function statementsOf(document: unknown, kind: PolicyKind): readonly Statement[] {
  const text = `${kind} ${typeof document === 'string' ? document : JSON.stringify(document)}`;
  let statements = parsed.get(text);
  if (statements === undefined) {
    statements = parsePolicy(document, kind);
    if (parsed.size >= MAX_ENTRIES) parsed.clear();
    parsed.set(text, statements);
  }
  return statements;
}
