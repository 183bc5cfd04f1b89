import type { Cloud } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import { evaluate } from '../policy/evaluate.ts';
import { statementsOf } from '../policy/policy-cache.ts';
import { PolicyError } from '../policy/policy-error.ts';
import { requestContext } from '../policy/request-keys.ts';
import { badRequest } from './gateway-error.ts';

const ANYBODY: Principal = { kind: 'anonymous', arn: 'anonymous', accountId: 'anonymous' };

/** A policy with `execute-api:/stage/METHOD/path` written out as ARNs, as AWS saves it; throws for one that cannot be evaluated. */
export function savedPolicy(policy: string, apiArn: string): string {
  const saved = policy.replaceAll('"execute-api:/', `"${apiArn}/`);
  try {
    statementsOf(saved, 'resource');
  } catch (error) {
    if (error instanceof PolicyError) throw badRequest(`Invalid policy document: ${error.message}`);
    throw error;
  }
  return saved;
}

/** Why an unsigned call is refused by an API's policy; undefined where it may go on. */
export function policyRefusal(
  cloud: Cloud,
  policy: string | undefined,
  request: { readonly resource: string; readonly vpcEndpointId: string | undefined },
): string | undefined {
  if (policy === undefined) return undefined;
  const { resource, vpcEndpointId } = request;
  const call = { principal: ANYBODY, requestId: '', secureTransport: true };
  const permission = { context: vpcEndpointId === undefined ? {} : { 'aws:SourceVpce': vpcEndpointId } };
  const { region, accountId } = cloud;
  const context = requestContext(call, permission, { region, accountId, now: () => cloud.now(), principalTags: {} });
  const action = 'execute-api:Invoke';
  const verdict = evaluate(statementsOf(policy, 'resource'), { principal: ANYBODY, action, resource, context });
  if (verdict === 'allow') return undefined;
  const shown = resource.replace(/:\d{8}(\d{4}):/, ':********$1:');
  const reason = `User: anonymous is not authorized to perform: ${action} on resource: ${shown}`;
  return verdict === 'deny' ? `${reason} with an explicit deny` : reason;
}
