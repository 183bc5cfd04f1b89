import * as z from 'zod/mini';
import { parseEvent } from './parse-event.ts';

/**
 * `Lambda Function Invocation Result - Failure`, which Lambda sends where an on-failure destination is an event bus; fields
 * this project does not use are let through unread.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
const shape = z.object({
  source: z.literal('lambda'),
  'detail-type': z.literal('Lambda Function Invocation Result - Failure'),
  detail: z.object({
    requestContext: z.object({
      functionArn: z.string().check(z.minLength(1)),
      condition: z.string(),
      requestId: z.optional(z.string()),
    }),
    requestPayload: z.unknown(),
    responsePayload: z.optional(
      z.nullable(z.object({ errorType: z.optional(z.string()), errorMessage: z.optional(z.string()) })),
    ),
  }),
});

/** An asynchronous invocation that Lambda has given up. */
export interface LambdaFailureEvent {
  /** Without its version: `source-fetch`. */
  readonly functionName: string;
  /** `RetriesExhausted`, `EventAgeExceeded`; AWS may add more. */
  readonly condition: string;
  readonly requestId?: string;
  /** What the function was invoked with. */
  readonly requestPayload: unknown;
  /** `Sandbox.Timedout`, `Runtime.ExitError`, or the name of what it threw. */
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/** Reads an EventBridge event of one lost invocation. Throws `events/event-invalid`. */
export function parseLambdaFailureEvent(event: unknown): LambdaFailureEvent {
  const { requestContext, requestPayload, responsePayload } = parseEvent(shape, 'Lambda failure event', event).detail;
  const { errorType, errorMessage } = responsePayload ?? {};
  const { functionArn, condition, requestId } = requestContext;
  return {
    functionName: functionArn.split(':')[6] ?? '',
    condition,
    ...(requestId !== undefined && { requestId }),
    requestPayload,
    ...(errorType !== undefined && { errorType }),
    ...(errorMessage !== undefined && { errorMessage }),
  };
}
