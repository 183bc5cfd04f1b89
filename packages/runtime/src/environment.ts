import { RuntimeError } from './errors.ts';

/** What a program wants of one environment variable. */
export interface EnvVariable {
  readonly kind: 'text' | 'integer' | 'boolean';
  /** What it is for, in half a sentence; shown when it is missing or wrong. */
  readonly meaning: string;
  readonly optional?: true;
  /** Text only. */
  readonly pattern?: RegExp;
}

export type EnvSpec = Readonly<Record<string, EnvVariable>>;

type Value<V extends EnvVariable> = V['kind'] extends 'integer'
  ? number
  : V['kind'] extends 'boolean'
    ? boolean
    : string;

/** One value per variable; `undefined` only where the spec says optional. */
export type Env<S extends EnvSpec> = {
  readonly [Name in keyof S]: S[Name] extends { readonly optional: true } ? Value<S[Name]> | undefined : Value<S[Name]>;
};

type Outcome = { readonly value: string | number | boolean | undefined } | { readonly problem: string };

/**
 * Reads the variables a spec names; an empty string counts as unset, as CloudFormation sends it.
 * Throws one `runtime/environment-invalid` with all problems, by variable name and without values.
 */
export function readEnv<S extends EnvSpec>(spec: S, environment: Readonly<Record<string, string | undefined>>): Env<S> {
  const outcomes = Object.entries(spec).map(([name, variable]) => {
    return { name, outcome: readVariable(name, variable, environment[name]) };
  });
  const problems = outcomes.flatMap(({ outcome }) => ('problem' in outcome ? [outcome.problem] : []));
  if (problems.length > 0) {
    throw new RuntimeError('runtime/environment-invalid', `Environment variables are wrong: ${problems.join('; ')}.`);
  }
  const values = outcomes.map(({ name, outcome }) => [name, 'value' in outcome ? outcome.value : undefined]);
  // Each value was read by the kind its own spec names, which the compiler cannot follow through `fromEntries`.
  return Object.fromEntries(values) as Env<S>;
}

function readVariable(name: string, variable: EnvVariable, text: string | undefined): Outcome {
  if (text === undefined || text === '') {
    return variable.optional ? { value: undefined } : { problem: `${name} is not set (${variable.meaning})` };
  }
  const wrong = (expected: string): Outcome => ({ problem: `${name} is not ${expected} (${variable.meaning})` });
  switch (variable.kind) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? { value: Number(text) } : wrong('a whole number');
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : wrong('true or false');
    case 'text':
      return variable.pattern?.test(text) === false ? wrong(`of the form ${variable.pattern.source}`) : { value: text };
  }
}
