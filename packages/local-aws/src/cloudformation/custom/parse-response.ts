import * as z from 'zod';
import { TemplateError } from '../template/template-error.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html: "total size of the response body". */
const MAX_RESPONSE_BYTES = 4096;

const response = z.object({
  Status: z.enum(['SUCCESS', 'FAILED'], {
    error: ({ input }) => `'${String(input)}' is not a valid ResponseStatus`,
  }),
  // `null` is not text, and makes the whole response invalid.
  Reason: z.string().optional(),
  PhysicalResourceId: z.string().optional(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  NoEcho: z.boolean().optional(),
  Data: z.record(z.string(), z.json()).nullish(),
});

/** What a provider of a custom resource answered. */
export type CustomResponse = z.output<typeof response>;

/** What of a request must come back unchanged. */
export interface RequestIdentity {
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

/** Reads what was put to a ResponseURL; throws TemplateError with CloudFormation's words. */
export function parseResponse(body: Buffer, request: RequestIdentity): CustomResponse {
  if (body.length > MAX_RESPONSE_BYTES) throw new TemplateError('Response object is too long.');
  const result = response.safeParse(parseJson(body));
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) =>
      path[0] === 'Status' ? message : `${path.map(String).join('.')}: ${message}`,
    );
    throw new TemplateError(`Invalid Response object: ${problems.join('; ')}`);
  }
  for (const key of ['StackId', 'RequestId', 'LogicalResourceId'] as const) {
    if (result.data[key] !== request[key]) {
      throw new TemplateError(`Invalid Response object: ${key} is not the request's`);
    }
  }
  return result.data;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new TemplateError('Invalid Response object: it is not JSON');
  }
}
