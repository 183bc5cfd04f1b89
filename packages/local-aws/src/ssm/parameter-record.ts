export type ParameterType = 'String' | 'StringList' | 'SecureString';

/** One version's value. */
export interface ParameterVersion {
  readonly version: number;
  readonly type: ParameterType;
  /** The text, or for a SecureString what KMS made of it, in Base64. */
  readonly value: string;
  /** SecureString only: as it was given, or `alias/aws/ssm`. */
  readonly keyId?: string;
  readonly description?: string;
  /** ARN of who put it. */
  readonly modifiedBy: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** A parameter as stored in `ssm/parameters`, by name. */
export interface ParameterRecord {
  readonly name: string;
  /** The newest last; at least one. */
  versions: ParameterVersion[];
  tags: Record<string, string>;
}
