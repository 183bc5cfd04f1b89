/** One version's value, encrypted under a data key of the secret's KMS key. */
export interface SecretVersion {
  readonly id: string;
  stages: string[];
  readonly createdAt: string;
  readonly kind: 'string' | 'binary';
  /** Base64; absent for a version that a secret was created without. */
  readonly sealed: string;
  /** The data key, encrypted by KMS; Base64. */
  readonly wrappedKey: string;
}

/** A secret as stored in `secretsmanager/secrets`, by ARN. */
export interface SecretRecord {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: string;
  changedAt: string;
  description?: string;
  kmsKeyId?: string;
  /** JSON text of the resource-based policy. */
  policy?: string;
  /** Set while deletion is scheduled. */
  deletionDate?: string;
  deletedAt?: string;
  lastAccessedDate?: string;
  tags: Record<string, string>;
  versions: SecretVersion[];
}
