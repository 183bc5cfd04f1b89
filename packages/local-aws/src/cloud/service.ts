import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from './principal.ts';

/** Names as used in IAM actions, which is also how the call log writes them. */
export type ServiceName =
  | 'apigateway'
  | 'apigatewayv2'
  | 'cloudformation'
  | 'cloudwatch'
  | 'codebuild'
  | 'codeconnections'
  | 'codepipeline'
  | 'codestar-connections'
  | 'ec2'
  | 'events'
  | 'iam'
  | 'kms'
  | 'lambda'
  | 'logs'
  | 's3'
  | 'secretsmanager'
  | 'sns'
  | 'sqs'
  | 'ssm'
  | 'sts';

/** What the caller of an operation must be allowed: IAM action (`s3:GetObject`) on an ARN, or `*` where AWS has no resource level. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  /** Condition keys of this call beyond the global ones: `{ 's3:prefix': 'a/' }`. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  /** A resource-based policy (bucket, key, queue, secret, function) that may allow or deny as well. */
  readonly resourcePolicy?: unknown;
}

export interface Call {
  readonly principal: Principal;
  readonly requestId: string;
  /** False for plain http from outside; in-process calls and loopback endpoints count as secure, see README. */
  readonly secureTransport: boolean;
}

/** One API operation; input and output have the shapes of the SDK (`PollForJobsCommandInput`), checked before and after. */
export interface Operation<I = never, O = unknown> {
  /** Evaluated before `run`; the first one denied is named in AccessDenied. Root and services are not asked. */
  permissions(input: I, call: Call): readonly Permission[];
  run(input: I, call: Call): Promise<O>;
}

export interface Service {
  readonly name: ServiceName;
  /** By API name: `{ PollForJobs: {...} }`. An operation that is not here answers UnknownOperationException. */
  readonly operations: Readonly<Record<string, Operation>>;
  /**
   * Permissions that AWS's services ask for among themselves and no API has (codeconnections:UseConnection): authorised
   * and logged as operations are, but not reachable over HTTP, and without published shapes to check.
   */
  readonly internal?: Readonly<Record<string, Operation>>;
  /** Plain HTTP beside the API, for URLs that the service gives to third parties (CodePipeline webhooks). Core asks these first. */
  readonly httpRoutes?: readonly HttpRoute[];
  /** Called once after all services exist and the server listens; resumes what a restart interrupted. */
  start?(): Promise<void>;
  /** Ends timers and child processes. */
  stop?(): Promise<void>;
}

/** Requests that are not AWS API calls: no signature, no protocol; the route answers all of it. */
export interface HttpRoute {
  /** Start of the path: `/webhooks/codepipeline/`. */
  readonly prefix: string;
  /** Where given, decides as well, before every route that has none: a custom domain, the URL of one API. */
  fits?(request: { readonly host: string; readonly path: string }): boolean;
  answer(message: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** An error that the API's client sees, by its published name. */
export class ServiceError extends Error {
  /** Shape name: `JobNotFoundException`, `NoSuchKey`. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
    this.name = code;
  }
}
