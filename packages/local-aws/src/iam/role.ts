/** A role as stored in `iam/roles`, by name. */
export interface RoleRecord {
  readonly name: string;
  /** `AROA…` */
  readonly id: string;
  /** Starts and ends with `/`. */
  readonly path: string;
  readonly arn: string;
  /** JSON text of the trust policy. */
  trustPolicy: string;
  description?: string;
  maxSessionDurationSeconds: number;
  permissionsBoundary?: string;
  /** Name → JSON text. */
  inlinePolicies: Record<string, string>;
  attachedPolicyArns: string[];
  tags: Record<string, string>;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** A customer managed policy as stored in `iam/policies`, by ARN. */
export interface ManagedPolicyRecord {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly arn: string;
  description?: string;
  defaultVersionId: string;
  nextVersion: number;
  versions: { id: string; document: string; createdAt: string }[];
  tags: Record<string, string>;
  readonly createdAt: string;
}

/** Collections that the evaluation of permissions reads as well. */
export const ROLES = 'iam/roles';
export const MANAGED_POLICIES = 'iam/policies';
