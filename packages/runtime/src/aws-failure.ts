import type { Fault } from '@gitsource/events';

/** What an error of an AWS SDK client says, read by shape because a bundle may hold its class twice. */
export interface AwsFailure {
  /** `AccessDeniedException`, `ThrottlingException`, or Node's `ECONNREFUSED`. */
  readonly name: string;
  readonly message: string;
  readonly statusCode?: number;
  readonly fault: Fault;
}

const DENIED =
  /^(?:AccessDenied|UnauthorizedOperation|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|SignatureDoesNotMatch|CredentialsProviderError|NotAuthorized)/;
const UNAVAILABLE =
  /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ServiceUnavailable|InternalServer|InternalFailure|InternalServiceError|RequestTimeout|TimeoutError|LimitExceeded|ConcurrentModification/;
const NETWORK = /^(?:ECONN|ENOTFOUND$|ETIMEDOUT$|EAI_AGAIN$|EPIPE$|EHOSTUNREACH$|ENETUNREACH$)/;

/** Reads an SDK or network error; `undefined` for any other value. */
export function readAwsFailure(error: unknown): AwsFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const metadata: unknown = Reflect.get(error, '$metadata');
  const code: unknown = Reflect.get(error, 'code');
  const isNetwork = typeof code === 'string' && NETWORK.test(code);
  const isSdk = typeof metadata === 'object' && metadata !== null;
  if (!isSdk && !isNetwork && !/^(?:CredentialsProviderError|TimeoutError)$/.test(error.name)) return undefined;
  const status: unknown = isSdk ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  const statusCode = typeof status === 'number' ? status : undefined;
  const name = isNetwork ? code : error.name;
  return {
    name,
    message: error.message,
    ...(statusCode !== undefined && { statusCode }),
    fault: faultOf(name, statusCode, isNetwork),
  };
}

function faultOf(name: string, statusCode: number | undefined, isNetwork: boolean): Fault {
  if (DENIED.test(name) || statusCode === 401 || statusCode === 403) return 'permission';
  if (isNetwork || UNAVAILABLE.test(name) || statusCode === 429 || (statusCode ?? 0) >= 500) return 'unavailable';
  return 'failed';
}
