import { type Condition, parseOperator } from './condition.ts';
import { isKnownConditionKey } from './condition-keys.ts';
import { PolicyError } from './policy-error.ts';

/** What stands under Action or NotAction, Resource or NotResource. */
export interface Patterns {
  readonly not: boolean;
  readonly texts: readonly string[];
}

/** Under Principal or NotPrincipal: `'*'`, or names by kind (`AWS`, `Service`, `Federated`, `CanonicalUser`). */
export interface PrincipalElement {
  readonly not: boolean;
  readonly everyone: boolean;
  readonly byKind: ReadonlyMap<string, readonly string[]>;
}

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: Patterns;
  /** Absent in trust policies. */
  readonly resources: Patterns | undefined;
  /** Absent in identity-based policies. */
  readonly principals: PrincipalElement | undefined;
  readonly conditions: readonly Condition[];
}

/** Where a policy is attached, which decides the elements it must have. */
export type PolicyKind = 'identity' | 'resource' | 'trust';

const STATEMENT_KEYS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
const PRINCIPAL_KINDS = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

/** Parses a document given as JSON text or as parsed JSON. Throws PolicyError naming the statement. */
export function parsePolicy(document: unknown, kind: PolicyKind): readonly Statement[] {
  const parsed = typeof document === 'string' ? parseJson(document) : document;
  if (!isRecord(parsed)) throw new PolicyError('A policy must be a JSON object.');
  for (const key of Object.keys(parsed)) {
    if (!['Version', 'Id', 'Statement'].includes(key)) throw new PolicyError(`The policy element ${key} is unknown.`);
  }
  const version = parsed.Version;
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw new PolicyError(`The policy version ${JSON.stringify(version)} is unknown; write "2012-10-17".`);
  }
  const statements = toArray(parsed.Statement);
  if (statements.length === 0) throw new PolicyError('The policy has no Statement.');
  return statements.map((statement, index) => parseStatement(statement, kind, index));
}

function parseStatement(raw: unknown, kind: PolicyKind, index: number): Statement {
  if (!isRecord(raw)) throw new PolicyError(`Statement ${index + 1} must be an object.`);
  const name = `Statement ${typeof raw.Sid === 'string' ? raw.Sid : index + 1}`;
  const fail = (reason: string): never => {
    throw new PolicyError(`${name}: ${reason}`);
  };
  for (const key of Object.keys(raw)) if (!STATEMENT_KEYS.has(key)) fail(`the element ${key} is unknown.`);
  const effect = raw.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') return fail('Effect must be Allow or Deny.');
  const actions = patterns(raw, 'Action') ?? fail('Action or NotAction is required.');
  for (const action of actions.texts) if (!isAction(action)) fail(`"${action}" is not an action.`);
  const resources = patterns(raw, 'Resource');
  if (kind === 'trust' ? resources !== undefined : resources === undefined) {
    fail(kind === 'trust' ? 'a trust policy has no Resource.' : 'Resource or NotResource is required.');
  }
  const principals = principalElement(raw, fail);
  if (kind === 'identity' && principals !== undefined) fail('an identity-based policy has no Principal.');
  if (kind !== 'identity' && principals === undefined) fail('Principal is required.');
  const sid = typeof raw.Sid === 'string' ? raw.Sid : undefined;
  return { sid, effect, actions, resources, principals, conditions: conditionsOf(raw.Condition, fail) };
}

function patterns(raw: Readonly<Record<string, unknown>>, name: 'Action' | 'Resource'): Patterns | undefined {
  const not = raw[`Not${name}`] !== undefined;
  const value = raw[not ? `Not${name}` : name];
  if (value === undefined) return undefined;
  const texts = toArray(value);
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string')) {
    throw new PolicyError(`${name} must be a text or a list of texts.`);
  }
  return { not, texts };
}

function principalElement(
  raw: Readonly<Record<string, unknown>>,
  fail: (reason: string) => never,
): PrincipalElement | undefined {
  const not = raw.NotPrincipal !== undefined;
  const value = not ? raw.NotPrincipal : raw.Principal;
  if (value === undefined) return undefined;
  if (value === '*') return { not, everyone: true, byKind: new Map() };
  if (!isRecord(value)) return fail('Principal must be "*" or an object.');
  const byKind = new Map<string, readonly string[]>();
  for (const [kind, names] of Object.entries(value)) {
    if (!PRINCIPAL_KINDS.has(kind)) fail(`the principal kind ${kind} is unknown.`);
    byKind.set(kind, toArray(names).map(String));
  }
  return { not, everyone: byKind.get('AWS')?.includes('*') ?? false, byKind };
}

function conditionsOf(raw: unknown, fail: (reason: string) => never): Condition[] {
  if (raw === undefined) return [];
  if (!isRecord(raw)) return fail('Condition must be an object.');
  const conditions: Condition[] = [];
  for (const [operatorName, keys] of Object.entries(raw)) {
    if (!isRecord(keys)) return fail(`the condition ${operatorName} must be an object.`);
    const operator = parseOperator(operatorName);
    for (const [key, values] of Object.entries(keys)) {
      if (!isKnownConditionKey(key)) fail(`local-aws does not evaluate the condition key ${key}.`);
      conditions.push({ ...operator, key, values: toArray(values).map(String) });
    }
  }
  return conditions;
}

function isAction(text: string): boolean {
  return text === '*' || /^[\w-]+:[\w*?]+$/.test(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PolicyError(`The policy is not JSON: ${String(error)}`);
  }
}

function toArray(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
