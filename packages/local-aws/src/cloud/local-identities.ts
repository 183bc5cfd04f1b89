import type { RoleRecord } from '../iam/role.ts';
import type { Identities, PolicyDocument } from './cloud.ts';
import type { Collection } from './collection.ts';
import type { AwsCredentials, Principal } from './principal.ts';
import { ServiceError } from './service.ts';
import type { Sessions } from './sessions.ts';

/** A service's own session of a role lasts as long as Lambda's; STS callers choose by DurationSeconds. */
const SERVICE_SESSION_MS = 12 * 60 * 60 * 1000;

export interface LocalIdentitiesParts {
  readonly accountId: string;
  readonly sessions: Sessions;
  readonly roles: Collection<RoleRecord>;
  /** Throws AccessDenied unless the role's trust policy lets this principal assume it. */
  readonly checkTrust: (role: RoleRecord, by: Principal, context: Readonly<Record<string, string>>) => void;
}

/** What an AssumeRole call may ask for. */
export interface AssumeRoleRequest {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly lifetimeMs: number;
  readonly externalId?: string;
  /** Session policy: limits what the role's own policies allow. */
  readonly policy?: PolicyDocument;
}

/** The contract of `Identities`, and what STS needs beyond it. */
export class LocalIdentities implements Identities {
  readonly root: Principal;
  readonly #parts: LocalIdentitiesParts;

  constructor(parts: LocalIdentitiesParts) {
    this.#parts = parts;
    this.root = parts.sessions.root(parts.accountId).principal;
  }

  service(host: string, sourceArn?: string): Principal {
    const principal: Principal = { kind: 'service', arn: host, accountId: this.#parts.accountId };
    return sourceArn === undefined ? principal : { ...principal, sourceArn };
  }

  async assumeRole(
    roleArn: string,
    sessionName: string,
    service: string,
    sourceArn?: string,
  ): Promise<{ principal: Principal; credentials: AwsCredentials }> {
    return this.assumeRoleAs(this.service(service, sourceArn), {
      roleArn,
      sessionName,
      lifetimeMs: SERVICE_SESSION_MS,
    });
  }

  /** On behalf of any caller, for STS: the trust policy decides about `by`. Throws AccessDenied. */
  assumeRoleAs(
    by: Principal,
    request: AssumeRoleRequest,
  ): { principal: Principal; credentials: AwsCredentials; role: RoleRecord } {
    const name = request.roleArn.split('/').at(-1) ?? '';
    const role = this.#parts.roles.get(name);
    if (role === undefined || role.arn !== request.roleArn) {
      // AWS does not tell a missing role from one that may not be assumed; a developer at a desk is better told.
      throw new ServiceError('AccessDenied', `${by.arn} may not assume ${request.roleArn}: no such role.`, 403);
    }
    const sessionName = request.sessionName.replace(/[^\w+=,.@-]/g, '-').slice(0, 64);
    this.#parts.checkTrust(role, by, {
      'sts:RoleSessionName': sessionName,
      ...(request.externalId !== undefined && { 'sts:ExternalId': request.externalId }),
    });
    const principal: Principal = {
      kind: 'role',
      arn: `arn:aws:sts::${this.#parts.accountId}:assumed-role/${role.name}/${sessionName}`,
      accountId: this.#parts.accountId,
      roleArn: role.arn,
    };
    return { ...this.#parts.sessions.open(principal, request.lifetimeMs, request.policy), role };
  }

  issue(
    name: string,
    policy: PolicyDocument,
    lifetimeMs: number,
  ): { principal: Principal; credentials: AwsCredentials } {
    const principal: Principal = {
      kind: 'issued',
      arn: `arn:aws:sts::${this.#parts.accountId}:federated-user/${name}`,
      accountId: this.#parts.accountId,
    };
    return this.#parts.sessions.open(principal, lifetimeMs, policy);
  }
}
