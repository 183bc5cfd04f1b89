import type { Collection } from './collection.ts';
import type { AwsCredentials, Principal } from './principal.ts';
import type { ServiceName } from './service.ts';

/** One event on an EventBridge bus, as a rule's pattern and a target see it. */
export interface CloudEvent {
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/**
 * What one service may use of the others. Everything between services goes through `call`, that is, through the AWS
 * API: shapes are checked, the caller authorised and the call written to the call log, as if it had come over HTTP.
 */
export interface Cloud {
  readonly region: string;
  readonly accountId: string;
  /** `aws` */
  readonly partition: string;
  /** `http://127.0.0.1:PORT`, known once the server listens; child processes get it as AWS_ENDPOINT_URL. */
  readonly endpointUrl: string;
  /** Folder for what does not fit a collection (objects, code, logs); exists. `folder('s3')` → absolute path. */
  folder(name: string): string;
  /** Milliseconds since the epoch; tests may stop or move it. */
  now(): number;
  /** Persisted key-value state of a service, `collection<Pipeline>('codepipeline/pipelines')`. */
  collection<T>(name: string): Collection<T>;
  /** Calls an operation in-process as `principal`; rejects with ServiceError as the API would. */
  call<O = Record<string, unknown>>(
    principal: Principal,
    service: ServiceName,
    operation: string,
    input: object,
  ): Promise<O>;
  /** Puts a service's own event (`aws.codepipeline`, `aws.codebuild`) on the default bus, at least once, in no promised order. */
  emit(event: CloudEvent): void;
  readonly identities: Identities;
}

/** Who may be a caller, and how credentials are made. */
export interface Identities {
  /** The account's administrator, whose keys `local` prints. */
  readonly root: Principal;
  /**
   * A service acting on its own behalf (`codepipeline.amazonaws.com`), named in the call log. Unrestricted, except where
   * AWS asks a resource's policy alone: lambda:InvokeFunction, sqs:SendMessage, sns:Publish. There `sourceArn` counts.
   */
  service(host: string, sourceArn?: string): Principal;
  /**
   * A role assumed by a service (trust policy checked: AccessDenied if `service` is not trusted); `sourceArn` is the
   * resource it is assumed for, where trust policies ask for aws:SourceArn.
   * Policies are read at each call, so a changed role takes effect at once, as does a deleted one.
   */
  assumeRole(
    roleArn: string,
    sessionName: string,
    service: string,
    sourceArn?: string,
  ): Promise<{ principal: Principal; credentials: AwsCredentials }>;
  /** Temporary credentials limited to `policy` and nothing else; each call gives different ones. */
  issue(
    name: string,
    policy: PolicyDocument,
    lifetimeMs: number,
  ): { principal: Principal; credentials: AwsCredentials };
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: readonly PolicyStatement[] | PolicyStatement;
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
