import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ServiceError } from '../../cloud/service.ts';
import { integer, string } from '../resources/property.ts';
import {
  defineResource,
  type Existing,
  type Provisioned,
  type ResourceContext,
  type ResourceType,
} from '../resources/resource-type.ts';
import type { ResourceTypes } from '../template/check-template.ts';
import { isList, isObject, type Json, type JsonObject, sameJson } from '../template/json.ts';
import { TemplateError } from '../template/template-error.ts';
import type { CustomResponses } from './custom-responses.ts';
import { type CustomResponse, parseResponse } from './parse-response.ts';

const TYPE = /^(?:AWS::CloudFormation::CustomResource|Custom::[A-Za-z0-9_@-]{1,60})$/;
const DEFAULT_TIMEOUT_SECONDS = 3600;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const MAX_PHYSICAL_ID_BYTES = 1024;

const properties = z
  .object({
    ServiceToken: string.check(
      z.regex(/^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?$/, {
        error: ({ input }) =>
          String(input).includes(':sns:')
            ? 'SNS topics are not simulated here: give the ARN of a Lambda function'
            : 'Invalid service token.',
      }),
    ),
    ServiceTimeout: integer.check(z.gte(1), z.lte(DEFAULT_TIMEOUT_SECONDS)).optional(),
  })
  .catchall(z.json());

type Properties = z.output<typeof properties>;
type RequestType = 'Create' | 'Update' | 'Delete';

/** The given types and, by any name they may have, custom resources whose providers answer to `responses`. */
export function withCustomResources(
  types: ReadonlyMap<string, ResourceType>,
  responses: CustomResponses,
): ResourceTypes {
  const custom = new Map<string, ResourceType>();
  return {
    has: (type) => types.has(type) || TYPE.test(type),
    get: (type) => {
      const known = types.get(type) ?? custom.get(type);
      if (known !== undefined || !TYPE.test(type)) return known;
      const made = customResource(type, responses);
      custom.set(type, made);
      return made;
    },
  };
}

/**
 * A resource that a Lambda function makes. CloudFormation invokes it with the permissions of the stack's caller or
 * service role, asynchronously, and waits for what it puts to the ResponseURL; a function that crashes is a timeout.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
 */
function customResource(type: string, responses: CustomResponses): ResourceType {
  const send = (context: ResourceContext, requestType: RequestType, given: Properties, more: object = {}) =>
    request(responses, context, given, { RequestType: requestType, ResourceType: type, ...more });
  return defineResource<Properties>({
    type,
    properties,
    attributes: 'any',
    replacedBy: [],
    create: async (context, given) => {
      // Delete is sent for whatever a Create came to, under an ID of CloudFormation's own where the provider gave none.
      const sent = await send(context, 'Create', given, {}).catch((error: unknown) => {
        if (!(error instanceof NoValidResponse)) throw error;
        context.created(context.physicalName(MAX_PHYSICAL_ID_BYTES));
        throw error;
      });
      context.created(sent.physicalId);
      return succeeded(sent);
    },
    update: async (context, existing, given) => {
      const before = existing.attempted ?? existing.properties;
      if (before.ServiceToken !== given.ServiceToken) {
        throw new TemplateError('Modifying service token is not allowed.');
      }
      // A stack's tags are not a custom resource's.
      if (sameJson(strings(before), strings(given))) return unchanged(existing);
      const PhysicalResourceId = existing.physicalId;
      const OldResourceProperties = strings(before);
      return succeeded(await send(context, 'Update', given, { PhysicalResourceId, OldResourceProperties }));
    },
    delete: async (context, { physicalId: PhysicalResourceId, properties: given }) => {
      succeeded(await send(context, 'Delete', given, { PhysicalResourceId }));
    },
  });
}

/** No response that says what became of the resource: none in time, or not a valid one. */
class NoValidResponse extends TemplateError {}

type Sent = CustomResponse & { readonly physicalId: string };

async function request(
  responses: CustomResponses,
  context: ResourceContext,
  given: Properties,
  about: { readonly RequestType: RequestType; readonly ResourceType: string },
): Promise<Sent> {
  const { stackId: StackId, logicalId: LogicalResourceId } = context;
  const identity = { StackId, RequestId: randomUUID(), LogicalResourceId };
  const expected = responses.expect(context.cloud, StackId, LogicalResourceId);
  const { ServiceToken } = given;
  const event = { ...about, ServiceToken, ResponseURL: expected.url, ...identity, ResourceProperties: strings(given) };
  try {
    await context.call('lambda', 'Invoke', {
      FunctionName: ServiceToken,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify(event)),
    });
  } catch (error) {
    expected.forget();
    throw error instanceof ServiceError ? notInvoked(error) : error;
  }
  const waited = await expected.wait((given.ServiceTimeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000);
  if (waited.kind === 'stopped') throw new TemplateError('The embedded CloudFormation was stopped meanwhile.');
  if (waited.kind === 'timeout') throw new NoValidResponse(noResponse(identity.RequestId));
  return readResponse(waited.body, identity);
}

/** As text, so that a function that is gone does not pass for a resource that is gone. */
function notInvoked({ message, status, code }: ServiceError): TemplateError {
  return new TemplateError(`${message} (Service: Lambda; Status Code: ${status}; Error Code: ${code})`);
}

function readResponse(body: Buffer, identity: Parameters<typeof parseResponse>[1]): Sent {
  try {
    const response = parseResponse(body, identity);
    const physicalId = response.PhysicalResourceId ?? '';
    const bytes = Buffer.byteLength(physicalId);
    if (bytes === 0 || bytes > MAX_PHYSICAL_ID_BYTES) throw new TemplateError('Invalid PhysicalResourceId');
    return { ...response, physicalId };
  } catch (error) {
    throw error instanceof TemplateError ? new NoValidResponse(error.message) : error;
  }
}

function noResponse(requestId: string): string {
  const hint =
    'If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.';
  return `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${requestId}]. ${hint}`;
}

function succeeded({ Status, Reason, RequestId, NoEcho, Data, physicalId }: Sent): Provisioned {
  if (Status === 'FAILED') {
    throw new TemplateError(
      `Received response status [FAILED] from custom resource. Message returned: ${Reason ?? ''} (RequestId: ${RequestId})`,
    );
  }
  return { physicalId, attributes: Data ?? {}, ...(NoEcho === true && { noEcho: true }) };
}

function unchanged({ physicalId, attributes, noEcho }: Existing<Properties>): Provisioned {
  return { physicalId, attributes, ...(noEcho === true && { noEcho }) };
}

/** Every scalar as text, which is how custom resources get them: `{Count: 3, On: true}` is `{Count: '3', On: 'true'}`. */
function strings(value: JsonObject): JsonObject;
function strings(value: Json): Json;
function strings(value: Json): Json {
  if (isList(value)) return value.map((item) => strings(item));
  if (!isObject(value)) return value === null || typeof value === 'string' ? value : String(value);
  const present = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(present.map(([key, item]) => [key, strings(item)]));
}
