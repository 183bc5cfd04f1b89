import { ServiceError } from '../cloud/service.ts';
import type { ServiceApi } from '../protocol/service-api.ts';

/** Ways a request can fail to prove its caller. */
export type AuthenticationFailure =
  | 'missing'
  | 'unknown-key'
  | 'wrong-signature'
  | 'expired-token'
  | 'wrong-token'
  | 'clock';

interface Wording {
  readonly json: string;
  readonly query: string;
  readonly s3: string;
  readonly message: string;
}

/** AWS names the same refusal differently per protocol. */
const WORDINGS: Readonly<Record<AuthenticationFailure, Wording>> = {
  missing: {
    json: 'MissingAuthenticationTokenException',
    query: 'MissingAuthenticationToken',
    s3: 'AccessDenied',
    message: 'Request is missing Authentication Token: it is not signed.',
  },
  'unknown-key': {
    json: 'UnrecognizedClientException',
    query: 'InvalidClientTokenId',
    s3: 'InvalidAccessKeyId',
    message: 'The security token included in the request is invalid: no such access key here.',
  },
  'wrong-signature': {
    json: 'InvalidSignatureException',
    query: 'SignatureDoesNotMatch',
    s3: 'SignatureDoesNotMatch',
    message:
      'The request signature we calculated does not match the signature you provided. Check the secret access key.',
  },
  'expired-token': {
    json: 'ExpiredTokenException',
    query: 'ExpiredToken',
    s3: 'ExpiredToken',
    message: 'The security token included in the request is expired',
  },
  'wrong-token': {
    json: 'UnrecognizedClientException',
    query: 'InvalidClientTokenId',
    s3: 'InvalidToken',
    message: 'The session token does not belong to the access key.',
  },
  clock: {
    json: 'InvalidSignatureException',
    query: 'SignatureDoesNotMatch',
    s3: 'RequestTimeTooSkewed',
    message: 'Signature expired or not yet valid: the time it was signed at is too far from the current time.',
  },
};

export function authenticationError(failure: AuthenticationFailure, api: ServiceApi): ServiceError {
  const wording = WORDINGS[failure];
  const code = api.name === 's3' ? wording.s3 : api.protocol === 'query' ? wording.query : wording.json;
  return new ServiceError(code, wording.message, api.protocol === 'json' ? 400 : 403);
}
