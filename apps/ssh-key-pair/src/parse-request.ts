import * as z from 'zod/mini';
import { SshKeyPairError } from './errors.ts';

const text = z.string().check(z.minLength(1));
const envelope = z.object({
  ResponseURL: z.url({ protocol: /^https?$/ }),
  StackId: text,
  RequestId: text,
  LogicalResourceId: text,
});
const request = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  PhysicalResourceId: z.optional(text),
  ResourceProperties: z.record(z.string(), z.unknown()),
  OldResourceProperties: z.optional(z.record(z.string(), z.unknown())),
});

/** What is needed to answer a request, whatever else is wrong with it. */
export type Envelope = z.output<typeof envelope>;
export type Request = z.output<typeof request>;

/** Throws `ssh-key-pair/event-invalid`: nobody waits for an answer, or nobody says where. */
export function parseEnvelope(event: unknown): Envelope {
  const result = envelope.safeParse(event);
  if (result.success) return result.data;
  throw new SshKeyPairError(
    'ssh-key-pair/event-invalid',
    `This is no request of CloudFormation: ${names(result.error)} missing or wrong. Invoke this function as the ServiceToken of a custom resource only.`,
  );
}

/** Reads the rest of a request; throws `ssh-key-pair/request-invalid`. */
export function parseRequest(event: unknown): Request {
  const result = request.safeParse(event);
  const isWithoutId = result.data?.RequestType === 'Update' && result.data.PhysicalResourceId === undefined;
  if (result.success && !isWithoutId) return result.data;
  throw new SshKeyPairError(
    'ssh-key-pair/request-invalid',
    `The request is not one that CloudFormation sends: ${result.success ? 'PhysicalResourceId' : names(result.error)} missing or wrong. Use this function as the ServiceToken of a custom resource only.`,
  );
}

function names(error: z.core.$ZodError): string {
  return [...new Set(error.issues.map(({ path }) => path.map(String).join('.') || 'the whole event'))].join(', ');
}
