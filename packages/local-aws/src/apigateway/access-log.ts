import type { Cloud } from '../cloud/cloud.ts';
import { ServiceError } from '../cloud/service.ts';
import { badRequest } from './gateway-error.ts';

/**
 * The variables that have a value here, and those that AWS documents and this never fills, which are logged as `-`:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html.
 */
const FILLED = [
  'accountId',
  'apiId',
  'customDomain.basePathMatched',
  'domainName',
  'domainPrefix',
  'error.message',
  'error.messageString',
  'extendedRequestId',
  'httpMethod',
  'identity.sourceIp',
  'identity.userAgent',
  'integration.error',
  'integration.integrationStatus',
  'integration.latency',
  'integration.status',
  'integrationErrorMessage',
  'integrationLatency',
  'integrationStatus',
  'path',
  'protocol',
  'requestId',
  'requestTime',
  'requestTimeEpoch',
  'responseLatency',
  'responseLength',
  'routeKey',
  'stage',
  'status',
] as const;
const NEVER_FILLED =
  /^(authorizer\.[\w.-]+|awsEndpointRequestId2?|dataProcessed|error\.responseType|identity\.(accountId|caller|clientCert\.[\w.]+|cognito\w+|principalOrgId|user|userArn)|integration\.requestId)$/;
const VARIABLE = /\$context\.([A-Za-z]\w*(?:\.\w+)*)/g;

type Variable = (typeof FILLED)[number];

/** What one request has to say in the log; an absent one is `-`. */
export type LogValues = Readonly<Partial<Record<Variable, string | number | undefined>>>;

/**
 * Throws for a format without a request ID, as AWS does, and for a variable that AWS does not document: what it
 * writes for such a one is not documented either, and it is most likely a typing error.
 */
export function checkLogFormat(format: string): void {
  const names = [...format.matchAll(VARIABLE)].map(([, name = '']) => name);
  const unknown = names.find((name) => !isFilled(name) && !NEVER_FILLED.test(name));
  if (unknown !== undefined) throw badRequest(`Unsupported context variable in the access log format: ${unknown}`);
  if (!names.includes('requestId') && !names.includes('extendedRequestId')) {
    throw badRequest('Access log format must contain at least $context.requestId or $context.extendedRequestId');
  }
  if (/\n./.test(format)) throw badRequest('Access log format must be a single line');
}

export function logLine(format: string, values: LogValues): string {
  return format.replace(VARIABLE, (_text, name: string) => {
    const value = isFilled(name) ? values[name] : undefined;
    return value === undefined || value === '' ? '-' : String(value);
  });
}

/** `/name` of `arn:aws:logs:us-east-1:123456789012:log-group:/name`, with or without `:*`. */
export function logGroupOf(arn: string): string | undefined {
  return /^arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:([\w./#-]+?)(:\*)?$/.exec(arn)?.[1];
}

/** Writes lines to the log groups of stages, one stream per stage; AWS's stream names are its own. */
export class AccessLog {
  readonly #cloud: Cloud;
  readonly #streams = new Map<string, Promise<void>>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /** Never rejects: a log that cannot be written costs nobody an answer. */
  async write(destinationArn: string, logStreamName: string, message: string): Promise<void> {
    const logGroupName = logGroupOf(destinationArn) ?? '';
    const principal = this.#cloud.identities.service('delivery.logs.amazonaws.com');
    const stream = { logGroupName, logStreamName };
    const logEvents = [{ timestamp: this.#cloud.now(), message }];
    try {
      await this.#stream(stream);
      await this.#cloud.call(principal, 'logs', 'PutLogEvents', { ...stream, logEvents });
    } catch (error) {
      this.#streams.delete(`${logGroupName} ${logStreamName}`);
      process.emitWarning(`local-aws could not write the access log ${logGroupName}: ${String(error)}`);
    }
  }

  #stream(stream: { logGroupName: string; logStreamName: string }): Promise<void> {
    const key = `${stream.logGroupName} ${stream.logStreamName}`;
    const creating = this.#streams.get(key) ?? this.#create(stream);
    this.#streams.set(key, creating);
    return creating;
  }

  async #create(stream: object): Promise<void> {
    try {
      const principal = this.#cloud.identities.service('delivery.logs.amazonaws.com');
      await this.#cloud.call(principal, 'logs', 'CreateLogStream', stream);
    } catch (error) {
      if (!(error instanceof ServiceError && error.code === 'ResourceAlreadyExistsException')) throw error;
    }
  }
}

function isFilled(name: string): name is Variable {
  return (FILLED as readonly string[]).includes(name);
}
