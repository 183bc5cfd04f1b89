/** Namespace → key → value: `{ variables: { Branch: 'main' }, SourceVariables: { CommitId: '…' } }`. */
export type VariableScopes = Readonly<Record<string, Readonly<Record<string, string>>>>;

const REFERENCE = /#\{([^{}]*)\}/g;
const NAME = /^([A-Za-z0-9@\-_]+)\.([A-Za-z0-9@\-_]+)$/;

export interface Resolved {
  readonly text: string;
  /** References as written, `SourceVariables.CommitId`, that no scope holds. */
  readonly unknown: readonly string[];
}

/** Replaces each `#{Namespace.Key}` once; a value that itself looks like a reference stays as it is. */
export function resolveVariables(text: string, scopes: VariableScopes): Resolved {
  const unknown: string[] = [];
  const resolved = text.replace(REFERENCE, (whole, reference: string) => {
    const [, namespace = '', key = ''] = NAME.exec(reference) ?? [];
    const scope = Object.hasOwn(scopes, namespace) ? scopes[namespace] : undefined;
    const value = scope !== undefined && Object.hasOwn(scope, key) ? scope[key] : undefined;
    if (value === undefined) unknown.push(reference);
    return value ?? whole;
  });
  return { text: resolved, unknown };
}

/** The namespaces that a text refers to: `#{SourceVariables.CommitId}` → `SourceVariables`. */
export function referencedNamespaces(text: string): string[] {
  return [...text.matchAll(REFERENCE)].map((match) => NAME.exec(match[1] ?? '')?.[1] ?? `malformed: ${match[0]}`);
}
