import { CodedError } from '@gitsource/events';
import { CUSTOM_RESOURCE_RESPONSE_MS, type CustomResourceResponse } from '@gitsource/runtime';
import { answerRequest, type Outcome } from './answer-request.ts';
import { beforeTimeout } from './before-timeout.ts';
import { type Envelope, parseEnvelope } from './parse-request.ts';
import type { Ports } from './ports.ts';

/** A secret's name has 256 at most; CloudFormation takes no ID over 1 KB. */
const MAX_ID_CHARACTERS = 512;

/** As much of Lambda's context as the handler reads. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/**
 * One request of CloudFormation; whatever becomes of it is answered. Throws only where no answer can be given, after
 * which Lambda tries the event twice more.
 */
export function createHandler(ports: Ports): (event: unknown, context: InvocationContext) => Promise<void> {
  return async (event, context) => {
    const envelope = parseEnvelope(event);
    const remainingMs = context.getRemainingTimeInMillis();
    // A short timeout is shared, so that some of it is left for both.
    const workMs = remainingMs - Math.min(CUSTOM_RESOURCE_RESPONSE_MS, remainingMs / 2);
    const outcome = await beforeTimeout(workMs, (signal) => answerRequest(ports, envelope, event, signal)).catch(
      (error: unknown) => failed(ports, envelope, event, error),
    );
    const { StackId, RequestId, LogicalResourceId } = envelope;
    const identity = { StackId, RequestId, LogicalResourceId };
    await ports.putResponse(envelope.ResponseURL, { ...outcome, ...identity } satisfies CustomResourceResponse);
  };
}

function failed({ log }: Ports, envelope: Envelope, event: unknown, error: unknown): Outcome {
  const { StackId: stackId, RequestId: requestId, LogicalResourceId: logicalResourceId } = envelope;
  const isKnown = error instanceof CodedError;
  log[isKnown ? 'info' : 'error']('request failed', { stackId, requestId, logicalResourceId, error });
  const Reason = isKnown
    ? `[${error.code}] ${error.message}`
    : '[ssh-key-pair/unexpected] The function failed in a way it does not know. Look for "request failed" in its log.';
  return { Status: 'FAILED', Reason, PhysicalResourceId: physicalIdOf(event, logicalResourceId) };
}

/** A Create that failed gets an ID that is no secret's name, so that its Delete may find nothing. */
function physicalIdOf(event: unknown, logicalId: string): string {
  const known: unknown = Reflect.get(Object(event), 'PhysicalResourceId');
  return typeof known === 'string' && known.length > 0 && known.length <= MAX_ID_CHARACTERS
    ? known
    : `${logicalId}-not-made`;
}
