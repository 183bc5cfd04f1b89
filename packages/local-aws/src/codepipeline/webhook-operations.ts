import { randomBytes } from 'node:crypto';
import type {
  DeleteWebhookCommandInput,
  DeregisterWebhookWithThirdPartyCommandInput,
  ListWebhookItem,
  ListWebhooksCommandInput,
  ListWebhooksOutput,
  PutWebhookCommandInput,
  PutWebhookOutput,
  RegisterWebhookWithThirdPartyCommandInput,
  WebhookDefinition,
} from '@aws-sdk/client-codepipeline';
import { ServiceError } from '../cloud/service.ts';
import { webhookArn } from './arns.ts';
import { parseJsonPath } from './json-path.ts';
import { type Api, allow, operation, pipelineNamed } from './operation.ts';
import { paginate } from './paginate.ts';
import type { WebhookRecord } from './records.ts';
import { checkTags } from './tags.ts';
import { isCidr } from './webhook-authentication.ts';

/** Path of every webhook URL on the server, before its token. */
export const WEBHOOK_PATH = '/webhooks/codepipeline/';

export function webhookOperations(api: Api) {
  const { store, cloud } = api;
  const named = (name: string | undefined): WebhookRecord => {
    const record = store.webhooks.get(name ?? '');
    if (record !== undefined) return record;
    throw new ServiceError('WebhookNotFoundException', `There is no webhook '${name}'.`);
  };
  return {
    PutWebhook: operation(
      (input: PutWebhookCommandInput) => allow('PutWebhook', webhookArn(cloud, input.webhook?.name ?? '')),
      (input): PutWebhookOutput => put(api, input),
    ),
    DeleteWebhook: operation(
      (input: DeleteWebhookCommandInput) => allow('DeleteWebhook', webhookArn(cloud, input.name ?? '')),
      (input) => {
        store.webhooks.delete(input.name ?? '');
        return {};
      },
    ),
    ListWebhooks: operation(
      () => allow('ListWebhooks'),
      (input: ListWebhooksCommandInput): ListWebhooksOutput => {
        const page = paginate([...store.webhooks.values()], input.NextToken, input.MaxResults);
        const { nextToken: NextToken } = page.next;
        return { webhooks: page.items.map((w) => item(api, w)), ...(NextToken === undefined ? {} : { NextToken }) };
      },
    ),
    RegisterWebhookWithThirdParty: operation(
      (input: RegisterWebhookWithThirdPartyCommandInput) =>
        allow('RegisterWebhookWithThirdParty', webhookArn(cloud, input.webhookName ?? '')),
      (input) => {
        const record = named(input.webhookName);
        // Only AWS's own GitHub source action can be registered; anything else is recorded on the webhook.
        record.errorCode = 'NotSupported';
        record.errorMessage = `Register ${url(api, record)} with the Git host by hand: its source action has no third party that is known here.`;
        store.webhooks.set(record.definition.name ?? '', record);
        return {};
      },
    ),
    DeregisterWebhookWithThirdParty: operation(
      (input: DeregisterWebhookWithThirdPartyCommandInput) =>
        allow('DeregisterWebhookWithThirdParty', webhookArn(cloud, input.webhookName ?? '')),
      (input) => {
        const record = named(input.webhookName);
        delete record.errorCode;
        delete record.errorMessage;
        store.webhooks.set(record.definition.name ?? '', record);
        return {};
      },
    ),
  };
}

function put(api: Api, input: PutWebhookCommandInput): PutWebhookOutput {
  const definition = input.webhook;
  if (definition === undefined) throw new ServiceError('ValidationException', 'webhook is missing.');
  checkTarget(api, definition);
  checkFilters(definition);
  checkAuthentication(definition);
  const name = definition.name ?? '';
  const before = api.store.webhooks.get(name);
  // A webhook keeps its URL when it is put again; deleting and making it anew gives another.
  const token = before?.token ?? randomBytes(24).toString('base64url');
  const record: WebhookRecord = { definition, token, tags: input.tags ? checkTags(input.tags) : (before?.tags ?? []) };
  api.store.webhooks.set(name, record);
  return { webhook: item(api, record) };
}

function checkTarget(api: Api, definition: WebhookDefinition): void {
  if (!/^[A-Za-z0-9.@\-_]{1,100}$/.test(definition.name ?? '')) {
    throw new ServiceError(
      'ValidationException',
      `The webhook name '${definition.name}' must be 1 to 100 of A-Z, a-z, 0-9, ., @, - and _.`,
    );
  }
  const [first] = pipelineNamed(api, definition.targetPipeline).declaration.stages;
  if (first?.actions.some((action) => action.name === definition.targetAction) === true) return;
  const message = `The target action '${definition.targetAction}' is not in the first stage of '${definition.targetPipeline}'.`;
  throw new ServiceError('ValidationException', message);
}

function checkFilters({ filters = [] }: WebhookDefinition): void {
  const invalid = (message: string) => new ServiceError('InvalidWebhookFilterPatternException', message);
  if (filters.length < 1 || filters.length > 5) throw invalid(`A webhook has 1 to 5 filters, not ${filters.length}.`);
  for (const { jsonPath = '', matchEquals } of filters) {
    if (
      jsonPath.length < 1 ||
      jsonPath.length > 150 ||
      (matchEquals ?? 'x').length < 1 ||
      (matchEquals ?? '').length > 150
    ) {
      throw invalid('jsonPath and matchEquals have 1 to 150 characters.');
    }
    if (parseJsonPath(jsonPath) === undefined) {
      throw invalid(
        `The jsonPath '${jsonPath}' is not understood here: use names and indexes, as $.commits[0].id; no wildcard, filter or recursion.`,
      );
    }
  }
}

function checkAuthentication(definition: WebhookDefinition): void {
  const { SecretToken, AllowedIPRange } = definition.authenticationConfiguration ?? {};
  const invalid = (message: string) => new ServiceError('InvalidWebhookAuthenticationParametersException', message);
  switch (definition.authentication) {
    case 'GITHUB_HMAC':
      if (AllowedIPRange !== undefined) throw invalid('GITHUB_HMAC takes no AllowedIPRange.');
      if ((SecretToken ?? '').length < 1 || (SecretToken ?? '').length > 100)
        throw invalid('GITHUB_HMAC needs a SecretToken of 1 to 100 characters.');
      return;
    case 'IP':
      if (SecretToken !== undefined) throw invalid('IP takes no SecretToken.');
      if (AllowedIPRange === undefined || !isCidr(AllowedIPRange))
        throw invalid(`AllowedIPRange '${AllowedIPRange}' is not a CIDR block.`);
      return;
    case 'UNAUTHENTICATED':
      if (SecretToken !== undefined || AllowedIPRange !== undefined)
        throw invalid('UNAUTHENTICATED takes no parameters.');
      return;
    default:
      throw invalid(`authentication '${String(definition.authentication)}' is not GITHUB_HMAC, IP or UNAUTHENTICATED.`);
  }
}

function url(api: Api, record: WebhookRecord): string {
  return `${api.cloud.endpointUrl}${WEBHOOK_PATH}${record.token}`;
}

/** As AWS shows it: the secret is never given back. */
function item(api: Api, record: WebhookRecord): ListWebhookItem {
  const { SecretToken, ...shown } = record.definition.authenticationConfiguration ?? {};
  return {
    definition: {
      ...record.definition,
      authenticationConfiguration: SecretToken === undefined ? shown : { ...shown, SecretToken: '****' },
    },
    url: url(api, record),
    ...(record.errorCode === undefined ? {} : { errorCode: record.errorCode }),
    ...(record.errorMessage === undefined ? {} : { errorMessage: record.errorMessage }),
    ...(record.lastTriggered === undefined ? {} : { lastTriggered: new Date(record.lastTriggered) }),
    arn: webhookArn(api.cloud, record.definition.name ?? ''),
    tags: record.tags,
  };
}
