import type { Cloud } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import { type Permission, ServiceError } from '../cloud/service.ts';

/** What a destination is told. */
export interface InvocationRecord {
  readonly isSuccess: boolean;
  /** With its qualifier. */
  readonly functionArn: string;
  /** JSON. */
  readonly text: string;
}

const SENDERS = { sqs: sendToQueue, events: sendToBus, lambda: sendToFunction } as const;
/** What each kind of ARN ends in. */
const RESOURCES: Readonly<Record<keyof typeof SENDERS, RegExp>> = {
  sqs: /^[\w-]+$/,
  events: /^event-bus\/[\w./-]+$/,
  lambda: /^function:[\w-]+$/,
};

const ACTIONS = { sqs: 'sqs:SendMessage', events: 'events:PutEvents', lambda: 'lambda:InvokeFunction' } as const;

/** Throws InvalidParameterValueException for an ARN that no record can be sent to here. */
export function checkDestinationArn(arn: string | undefined): void {
  if (arn === undefined || serviceOf(arn) !== undefined) return;
  throw new ServiceError(
    'InvalidParameterValueException',
    `local-aws sends records of invocations to SQS queues, EventBridge buses and functions, not to ${arn}`,
  );
}

/** What it takes to tell a destination. */
export function destinationPermission(arn: string): Permission {
  return { action: ACTIONS[serviceOf(arn) ?? 'sqs'], resource: arn };
}

/**
 * Sends a record as `principal`, the function's role; rejects with the ServiceError of the destination's own API.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export async function sendRecord(
  cloud: Cloud,
  principal: Principal,
  arn: string,
  record: InvocationRecord,
): Promise<void> {
  const service = serviceOf(arn);
  if (service !== undefined) await SENDERS[service](cloud, principal, arn, record);
}

async function sendToQueue(cloud: Cloud, principal: Principal, arn: string, { text }: InvocationRecord): Promise<void> {
  await cloud.call(principal, 'sqs', 'SendMessage', { QueueUrl: queueUrl(cloud, arn), MessageBody: text });
}

async function sendToBus(cloud: Cloud, principal: Principal, arn: string, record: InvocationRecord): Promise<void> {
  const entry = {
    EventBusName: arn,
    Source: 'lambda',
    DetailType: `Lambda Function Invocation Result - ${record.isSuccess ? 'Success' : 'Failure'}`,
    Resources: [arn, record.functionArn],
    Detail: record.text,
  };
  const { Entries } = await cloud.call<{ Entries: readonly { ErrorCode?: string; ErrorMessage?: string }[] }>(
    principal,
    'events',
    'PutEvents',
    { Entries: [entry] },
  );
  const { ErrorCode, ErrorMessage = '' } = Entries[0] ?? {};
  if (ErrorCode !== undefined) throw new ServiceError(ErrorCode, ErrorMessage);
}

async function sendToFunction(
  cloud: Cloud,
  principal: Principal,
  arn: string,
  { text }: InvocationRecord,
): Promise<void> {
  const Payload = Buffer.from(text);
  await cloud.call(principal, 'lambda', 'Invoke', { FunctionName: arn, InvocationType: 'Event', Payload });
}

export function queueUrl(cloud: Cloud, arn: string): string {
  return `${cloud.endpointUrl}/${cloud.accountId}/${arn.split(':').at(-1)}`;
}

function serviceOf(arn: string): keyof typeof SENDERS | undefined {
  const [, service, resource = ''] = /^arn:[\w-]+:(sqs|events|lambda):[\w-]+:\d{12}:(.+)$/.exec(arn) ?? [];
  if (service !== 'sqs' && service !== 'events' && service !== 'lambda') return undefined;
  return RESOURCES[service].test(resource) ? service : undefined;
}
