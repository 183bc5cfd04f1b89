import { CONDITION_FUNCTIONS, RULE_FUNCTIONS, VALUE_FUNCTIONS } from './functions.ts';
import { isList, isObject, type Json, type JsonObject } from './json.ts';
import { TemplateError } from './template-error.ts';

/** Where an intrinsic stands decides which are allowed there. */
export type Place = 'value' | 'condition' | 'rule';

/** What names mean while one part of a template is evaluated. */
export interface Scope {
  readonly place: Place;
  /** Parameter, pseudo parameter or resource; `undefined` is AWS::NoValue. Throws TemplateError when unknown. */
  ref(name: string): Json | undefined;
  getAtt(logicalId: string, attribute: string): Json;
  condition(name: string): boolean;
  importValue(name: string): Json;
  /** Parameters' values by type, for Fn::RefAll. */
  refAll(type: string): readonly Json[];
  readonly mappings: JsonObject;
  readonly region: string;
}

export type Evaluate = (value: Json) => Json | undefined;
export type IntrinsicFunction = (argument: Json, evaluate: Evaluate, scope: Scope) => Json | undefined;

/** The value with every intrinsic replaced; `undefined` where it is AWS::NoValue. Throws TemplateError. */
export function evaluate(value: Json, scope: Scope): Json | undefined {
  if (isList(value)) return value.map((item) => evaluate(item, scope)).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  const name = intrinsicName(value, scope.place);
  if (name === undefined) return evaluateMembers(value, scope);
  const run = functionsFor(scope.place)[name];
  if (run === undefined) throw new TemplateError(unknownFunction(name, scope.place));
  return run(value[name] ?? null, (inner) => evaluate(inner, scope), scope);
}

/** `Ref` for `{Ref: 'x'}`; `undefined` for an ordinary object. */
function intrinsicName(value: JsonObject, place: Place): string | undefined {
  const keys = Object.keys(value);
  // `Condition` is also an ordinary key, of IAM policy statements.
  const found = keys.find(
    (key) => key.startsWith('Fn::') || key === 'Ref' || (key === 'Condition' && place !== 'value'),
  );
  if (found === undefined || (found === 'Ref' && keys.length > 1)) return undefined;
  if (keys.length > 1) {
    throw new TemplateError(
      `Template error: ${found} must be the only key of its object; found also ${keys.filter((key) => key !== found).join(', ')}`,
    );
  }
  return found;
}

function evaluateMembers(value: JsonObject, scope: Scope): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) {
    const evaluated = evaluate(item, scope);
    if (evaluated !== undefined) result[key] = evaluated;
  }
  return result;
}

function functionsFor(place: Place): Readonly<Record<string, IntrinsicFunction>> {
  if (place === 'condition') return CONDITION_FUNCTIONS;
  return place === 'rule' ? RULE_FUNCTIONS : VALUE_FUNCTIONS;
}

function unknownFunction(name: string, place: Place): string {
  const known = [VALUE_FUNCTIONS, CONDITION_FUNCTIONS, RULE_FUNCTIONS].some((functions) =>
    Object.hasOwn(functions, name),
  );
  if (!known) return `Template error: the intrinsic function ${name} is not supported here`;
  const section = { value: 'Resources and Outputs', condition: 'Conditions', rule: 'Rules' }[place];
  return `Template error: the intrinsic function ${name} cannot be used in ${section}`;
}
