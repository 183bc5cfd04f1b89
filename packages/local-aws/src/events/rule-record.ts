/** What is kept of an event bus, a rule and its targets. */
export interface BusRecord {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  description?: string;
  policy: Record<string, unknown>[];
  tags: Record<string, string>;
}

export interface RuleRecord {
  readonly name: string;
  readonly busName: string;
  readonly arn: string;
  pattern?: string;
  schedule?: string;
  isEnabled: boolean;
  description?: string;
  roleArn?: string;
  targets: TargetRecord[];
  tags: Record<string, string>;
}

/** A target as PutTargets gives it. */
export interface TargetRecord {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number; readonly MaximumEventAgeInSeconds?: number };
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

/** An event as rules match it and targets get it. */
export interface EventEnvelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601 to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
  /** Only on events that a replay sends again. */
  readonly 'replay-name'?: string;
}
