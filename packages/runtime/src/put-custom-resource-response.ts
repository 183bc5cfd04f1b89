import { RuntimeError } from './errors.ts';
import { createOutgoingFetch } from './outgoing-fetch.ts';

/** What CloudFormation waits for; https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
export interface CustomResourceResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  /** Shown in the stack's events; cut where the whole response would be too long. */
  readonly Reason?: string;
  /** Another one than before makes an update a replacement. */
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly NoEcho?: boolean;
  /** For Fn::GetAtt. */
  readonly Data?: Readonly<Record<string, string>>;
}

/** A longer one is not read; same page. */
const MAX_RESPONSE_BYTES = 4096;
/** Three attempts of this and their pauses are what a function must keep of its own time. */
const ATTEMPT_TIMEOUT_MS = 5000;

/** The longest that `putCustomResourceResponse` takes. */
export const CUSTOM_RESOURCE_RESPONSE_MS = 20_000;

/**
 * Answers CloudFormation's request by a PUT to its presigned ResponseURL, without a Content-Type, which the URL may
 * have signed as absent. Rejects with `runtime/custom-resource-unanswered`, which never shows the URL's signature.
 */
export async function putCustomResourceResponse(url: string, response: CustomResourceResponse): Promise<void> {
  const { origin, host } = new URL(url);
  const put = createOutgoingFetch({ baseUrl: origin, timeoutMs: ATTEMPT_TIMEOUT_MS });
  const answer = await put(url, { method: 'PUT', body: fit(response) }).catch((error: unknown) => {
    throw unanswered(host, error instanceof RuntimeError ? error.code : 'failed', error);
  });
  if (!answer.ok) throw unanswered(host, `status ${answer.status}`);
}

function fit(response: CustomResourceResponse): string {
  const { Reason = '', ...rest } = response;
  let room = MAX_RESPONSE_BYTES - jsonBytes({ ...rest, Reason: '' });
  let kept = '';
  for (const character of Reason) {
    room -= jsonBytes(character) - jsonBytes('');
    if (room < 0) break;
    kept += character;
  }
  return JSON.stringify(response.Reason === undefined ? rest : { ...rest, Reason: kept });
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function unanswered(host: string, reason: string, cause?: unknown): RuntimeError {
  return new RuntimeError(
    'runtime/custom-resource-unanswered',
    `CloudFormation could not be answered at ${host} (${reason}). Give the function a way to Amazon S3: outside a VPC it has one, in a VPC by a NAT or an S3 endpoint that allows this bucket.`,
    { ...(cause !== undefined && { cause }) },
  );
}
