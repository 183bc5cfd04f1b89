import type { Authorizer } from '../cloud/authorizer.ts';
import type { Collection } from '../cloud/collection.ts';
import type { Principal } from '../cloud/principal.ts';
import { type Call, type Permission, ServiceError, type ServiceName } from '../cloud/service.ts';
import type { Sessions } from '../cloud/sessions.ts';
import { findManagedPolicyDocument } from '../iam/aws-managed-policies.ts';
import type { ManagedPolicyRecord, RoleRecord } from '../iam/role.ts';
import { accessDenied } from './access-denied.ts';
import { evaluate, type PolicyRequest, type Verdict } from './evaluate.ts';
import { statementsOf } from './policy-cache.ts';
import { PolicyError } from './policy-error.ts';
import { requestContext } from './request-keys.ts';

export interface PolicyAuthorizerParts {
  readonly region: string;
  readonly accountId: string;
  readonly now: () => number;
  readonly sessions: Sessions;
  readonly roles: Collection<RoleRecord>;
  readonly managedPolicies: Collection<ManagedPolicyRecord>;
}

/** Actions that a service may do only where the resource's own policy lets it, as on AWS. */
const ASK_RESOURCE_ALWAYS = new Set(['lambda:InvokeFunction', 'sqs:SendMessage', 'sns:Publish']);

/** Evaluates identity-based, session, boundary and resource-based policies at each call. */
export class PolicyAuthorizer implements Authorizer {
  readonly #parts: PolicyAuthorizerParts;

  constructor(parts: PolicyAuthorizerParts) {
    this.#parts = parts;
  }

  authorize(call: Call, service: ServiceName, permissions: readonly Permission[]): void {
    for (const permission of permissions) {
      const reason = this.#refusal(call, permission);
      if (reason !== undefined) throw accessDenied(service, call.principal, permission, reason);
    }
  }

  /** For a role's trust policy, which is a resource-based policy that alone decides for services. */
  checkTrust(role: RoleRecord, by: Principal, context: Readonly<Record<string, string>>): void {
    const call: Call = { principal: by, requestId: '', secureTransport: true };
    const permission: Permission = { action: 'sts:AssumeRole', resource: role.arn, context };
    const verdict = evaluate(statementsOf(role.trustPolicy, 'trust'), this.#request(call, permission));
    if (verdict === 'allow') return;
    if (verdict === 'account' && this.#identityRefusal(call, permission) === undefined) return;
    throw accessDenied('sts', by, permission, 'the trust policy of the role does not allow it');
  }

  #refusal(call: Call, permission: Permission): string | undefined {
    const verdict = this.#resourceVerdict(call, permission);
    if (verdict === 'deny') return 'of an explicit deny in a resource-based policy';
    const { kind } = call.principal;
    if (kind === 'root') return undefined;
    if (kind === 'anonymous') {
      if (verdict === 'allow') return undefined;
      return `no resource-based policy allows everybody the ${permission.action} action`;
    }
    if (kind === 'service') {
      if (verdict === 'allow' || !ASK_RESOURCE_ALWAYS.has(permission.action)) return undefined;
      const source = call.principal.sourceArn ?? 'no source ARN';
      return `no resource-based policy allows ${call.principal.arn} (for ${source}) the ${permission.action} action`;
    }
    const refusal = this.#identityRefusal(call, permission);
    if (permission.action.startsWith('kms:') && permission.resourcePolicy !== undefined) {
      // A key policy must let the caller in itself; only where it names the account do identity policies count.
      if (verdict === 'silent') return 'no resource-based policy (the key policy) allows it';
      if (verdict === 'account') return refusal;
    }
    const isDenied = refusal?.startsWith('of an explicit deny') ?? false;
    return verdict === 'allow' && !isDenied ? undefined : refusal;
  }

  #resourceVerdict(call: Call, permission: Permission): Verdict {
    if (permission.resourcePolicy === undefined || permission.resourcePolicy === '') return 'silent';
    return this.#evaluate(() =>
      evaluate(statementsOf(permission.resourcePolicy, 'resource'), this.#request(call, permission)),
    );
  }

  /** Undefined when the caller's own policies allow it, else why not. */
  #identityRefusal(call: Call, permission: Permission): string | undefined {
    const session = this.#parts.sessions.find(call.principal.accessKeyId ?? '');
    const request = this.#request(call, permission);
    const notAllowed = (kind: string) => `no ${kind} policy allows the ${permission.action} action`;
    if (call.principal.kind === 'issued') {
      if (session?.policy === undefined || this.#parts.sessions.isExpired(session))
        return 'the credentials have expired';
      return this.#ask([session.policy], request, 'session', notAllowed);
    }
    const role = this.#role(call.principal);
    if (role === undefined) return `the role ${call.principal.roleArn ?? '?'} does not exist any more`;
    const identity = [
      ...Object.values(role.inlinePolicies),
      ...role.attachedPolicyArns.map((arn) => this.#managed(arn)),
    ];
    return (
      this.#ask(identity, request, 'identity-based', notAllowed) ??
      (session?.policy && this.#ask([session.policy], request, 'session', notAllowed)) ??
      (role.permissionsBoundary &&
        this.#ask([this.#managed(role.permissionsBoundary)], request, 'permissions boundary', notAllowed)) ??
      undefined
    );
  }

  #ask(
    documents: readonly unknown[],
    request: PolicyRequest,
    kind: string,
    notAllowed: (kind: string) => string,
  ): string | undefined {
    const verdicts = documents.map((document) =>
      this.#evaluate(() => evaluate(statementsOf(document, 'identity'), request)),
    );
    if (verdicts.includes('deny')) return `of an explicit deny in a policy (${kind})`;
    return verdicts.includes('allow') ? undefined : notAllowed(kind);
  }

  #evaluate(question: () => Verdict): Verdict {
    try {
      return question();
    } catch (error) {
      if (error instanceof PolicyError) throw new ServiceError('MalformedPolicyDocument', error.message);
      throw error;
    }
  }

  #request(call: Call, permission: Permission): PolicyRequest {
    const principalTags = this.#role(call.principal)?.tags ?? {};
    const context = requestContext(call, permission, { ...this.#parts, principalTags });
    return { principal: call.principal, action: permission.action, resource: permission.resource, context };
  }

  #role(principal: Principal): RoleRecord | undefined {
    const role = this.#parts.roles.get(principal.roleArn?.split('/').at(-1) ?? '');
    return role?.arn === principal.roleArn ? role : undefined;
  }

  #managed(arn: string): unknown {
    const record = this.#parts.managedPolicies.get(arn);
    const version = record?.versions.find(({ id }) => id === record.defaultVersionId);
    return version?.document ?? findManagedPolicyDocument(arn) ?? EMPTY_POLICY;
  }
}

/** For a policy that is gone: allows nothing. */
const EMPTY_POLICY = { Statement: [{ Effect: 'Allow', Action: 'none:none', Resource: 'none' }] };
