/** Who makes a call, for authorisation and the call log. */
export interface Principal {
  readonly kind: 'root' | 'service' | 'role' | 'issued' | 'anonymous';
  /** `arn:aws:sts::123456789012:assumed-role/name/session`, `arn:aws:iam::123456789012:root`, a service's host name, or `anonymous`. */
  readonly arn: string;
  readonly accountId: string;
  /** Set for `role`: the role's ARN. */
  readonly roleArn?: string;
  /** Access key ID of the credentials used, where the call came with any. */
  readonly accessKeyId?: string;
  /** For `service`: ARN of the resource it acts for (a rule, a pipeline), which policies see as aws:SourceArn. */
  readonly sourceArn?: string;
  /** Set by a service that calls on its caller's behalf: `s3.us-east-1.amazonaws.com`; policies see it as kms:ViaService. */
  readonly viaService?: string;
  /** Set for who comes through a function URL; policies see it as lambda:FunctionUrlAuthType. */
  readonly functionUrlAuthType?: 'NONE';
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}
