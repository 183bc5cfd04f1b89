import type { Principal } from '../cloud/principal.ts';
import type { PrincipalElement } from './parse-policy.ts';

/**
 * How a statement names a caller: itself, or through its whole account, which leaves the decision to the account's own
 * (identity-based) policies.
 */
export type PrincipalMatch = 'direct' | 'account' | 'none';

export function matchPrincipal(element: PrincipalElement, principal: Principal): PrincipalMatch {
  const match = positiveMatch(element, principal);
  if (!element.not) return match;
  return match === 'none' ? 'direct' : 'none';
}

function positiveMatch(element: PrincipalElement, principal: Principal): PrincipalMatch {
  if (element.everyone) return 'direct';
  if (principal.kind === 'service') {
    const named = element.byKind.get('Service')?.includes(principal.arn) ?? false;
    return named ? 'direct' : 'none';
  }
  const names = element.byKind.get('AWS') ?? [];
  const own = [principal.arn, principal.roleArn];
  if (principal.kind !== 'root' && names.some((name) => own.includes(name))) return 'direct';
  const isAccount = (name: string) => name === principal.accountId || isRootArn(name, principal.accountId);
  if (!names.some(isAccount)) return 'none';
  return principal.kind === 'root' ? 'direct' : 'account';
}

function isRootArn(name: string, accountId: string): boolean {
  return /^arn:[\w-]+:iam::(\d{12}):root$/.exec(name)?.[1] === accountId;
}
