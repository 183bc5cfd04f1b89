import { type BoundTemplate, scopeOf } from './bind-template.ts';
import { evaluate } from './evaluate.ts';
import { isList, isObject, type Json } from './json.ts';
import { collect, TemplateError } from './template-error.ts';

/** Every assertion of the template's Rules that the parameters fail, by its AssertDescription. */
export function ruleProblems(bound: BoundTemplate): string[] {
  const problems: string[] = [];
  for (const [name, rule] of Object.entries(bound.template.rules)) {
    const place = `Rules.${name}`;
    for (const key of Object.keys(rule)) {
      if (key !== 'RuleCondition' && key !== 'Assertions')
        problems.push(`Template format error: unsupported key ${key} (at ${place})`);
    }
    const assertions = rule.Assertions;
    if (!isList(assertions)) {
      problems.push(`Template format error: a rule needs Assertions (at ${place})`);
      continue;
    }
    const holds = (condition: Json | undefined) => collect(problems, place, () => isTrue(condition, bound));
    if (rule.RuleCondition !== undefined && holds(rule.RuleCondition) !== true) continue;
    for (const assertion of assertions) {
      if (!isObject(assertion)) problems.push(`Template format error: an assertion must be a mapping (at ${place})`);
      else if (holds(assertion.Assert) === false) problems.push(failure(name, assertion.AssertDescription));
    }
  }
  return problems;
}

function failure(rule: string, description: Json | undefined): string {
  return `Template error: Rule ${rule} failed: ${typeof description === 'string' ? description : 'an assertion does not hold'}`;
}

function isTrue(condition: Json | undefined, bound: BoundTemplate): boolean {
  const value = evaluate(condition ?? null, scopeOf(bound, 'rule'));
  if (typeof value === 'boolean') return value;
  throw new TemplateError('Template format error: RuleCondition and Assert must be rule functions');
}
