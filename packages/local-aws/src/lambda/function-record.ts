/** What is kept of a function, plain JSON. */
export interface FunctionRecord {
  readonly name: string;
  readonly arn: string;
  /** `function-name/code-digest`: where its code is unpacked, below the folder of the service. */
  codeFolder: string;
  codeSha256: string;
  codeSize: number;
  settings: FunctionSettings;
  architectures: readonly string[];
  tags: Record<string, string>;
  /** Statements of the resource policy. */
  policy: PolicyStatementRecord[];
  reservedConcurrency?: number;
  asyncConfig?: AsyncConfig;
  url?: FunctionUrl;
  modifiedAt: number;
  revisionId: string;
}

export interface FunctionSettings {
  readonly runtime: string;
  readonly handler: string;
  readonly role: string;
  readonly description: string;
  readonly memorySize: number;
  /** Seconds. */
  readonly timeout: number;
  /** Absent in records of earlier versions, where it is 512. */
  readonly ephemeralStorageMb?: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly deadLetterArn?: string;
  /** Kept and shown, without effect here. */
  readonly recorded: Readonly<Record<string, unknown>>;
}

export interface PolicyStatementRecord {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: unknown;
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface FunctionUrl {
  /** 32 letters and digits, in the URL. */
  readonly urlId: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface AsyncConfig {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  readonly onFailureArn?: string;
  readonly onSuccessArn?: string;
  readonly modifiedAt: number;
}
