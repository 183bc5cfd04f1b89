/**
 * The event of CodePipeline in an input: itself, or where somebody gives a dead letter back, what it holds. Those of this
 * function are the event with `code` and `message`; those of Lambda have it in `requestPayload`.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function eventOf(input: unknown): unknown {
  const isRecord = typeof input === 'object' && input !== null && 'requestPayload' in input;
  return isRecord ? eventOf(input.requestPayload) : input;
}
