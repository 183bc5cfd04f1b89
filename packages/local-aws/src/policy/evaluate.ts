import type { Principal } from '../cloud/principal.ts';
import { holds } from './condition.ts';
import { matchPrincipal } from './match-principal.ts';
import type { Patterns, Statement } from './parse-policy.ts';
import type { RequestContext } from './request-context.ts';
import { resolvePattern } from './variables.ts';
import { matchesPattern, wildcard } from './wildcard.ts';

/** One question to a policy: may `principal` do `action` on `resource`? */
export interface PolicyRequest {
  readonly principal: Principal;
  /** `s3:GetObject` */
  readonly action: string;
  /** An ARN, or `*` where the action has none. */
  readonly resource: string;
  readonly context: RequestContext;
}

/**
 * What one policy says. `account` comes of resource-based policies only: allowed to the caller's account, so the
 * caller's identity-based policies decide. An explicit deny wins over every allow.
 */
export type Verdict = 'deny' | 'allow' | 'account' | 'silent';

export function evaluate(statements: readonly Statement[], request: PolicyRequest): Verdict {
  let verdict: Verdict = 'silent';
  for (const statement of statements) {
    const match =
      statement.principals === undefined ? 'direct' : matchPrincipal(statement.principals, request.principal);
    if (match === 'none' || !applies(statement, request)) continue;
    if (statement.effect === 'Deny') return 'deny';
    if (match === 'direct') verdict = 'allow';
    else if (verdict === 'silent') verdict = 'account';
  }
  return verdict;
}

function applies(statement: Statement, request: PolicyRequest): boolean {
  if (!matchesAction(statement.actions, request.action)) return false;
  if (statement.resources !== undefined && !matchesResource(statement.resources, request)) return false;
  return statement.conditions.every((condition) => holds(condition, request.context));
}

/** Action names are compared without case. */
function matchesAction(actions: Patterns, action: string): boolean {
  const name = action.toLowerCase();
  const matches = actions.texts.some((text) => matchesPattern(wildcard(text.toLowerCase()), name));
  return matches !== actions.not;
}

function matchesResource(resources: Patterns, request: PolicyRequest): boolean {
  const matches = resources.texts.some((text) => {
    const pattern = resolvePattern(text, request.context, true);
    return pattern !== undefined && matchesPattern(pattern, request.resource);
  });
  return matches !== resources.not;
}
