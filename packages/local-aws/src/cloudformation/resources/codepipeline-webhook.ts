import * as z from 'zod';
import { boolean, integer, object, string, tags, word } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';
import { lowerCaseTags } from './tag-changes.ts';

const properties = object({
  Authentication: word('GITHUB_HMAC', 'IP', 'UNAUTHENTICATED'),
  AuthenticationConfiguration: object({ AllowedIPRange: string.optional(), SecretToken: string.optional() }),
  Filters: z.array(object({ JsonPath: string, MatchEquals: string.optional() })),
  Name: string.optional(),
  RegisterWithThirdParty: boolean.optional(),
  Tags: tags.optional(),
  TargetAction: string,
  TargetPipeline: string,
  // Part of the template's form only: the API has no such field.
  TargetPipelineVersion: integer.optional(),
});
type Webhook = z.infer<typeof properties>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codepipeline-webhook.html */
export const codepipelineWebhook = defineResource({
  type: 'AWS::CodePipeline::Webhook',
  properties,
  attributes: ['Id', 'Url'],
  replacedBy: ['Name'],
  nameProperty: 'Name',
  create: async (context, webhook) => {
    const name = webhook.Name ?? context.physicalName(100);
    const url = await putWebhook(context, name, webhook);
    context.created(name);
    if (webhook.RegisterWithThirdParty === true)
      await context.call('codepipeline', 'RegisterWebhookWithThirdParty', { webhookName: name });
    return { physicalId: name, attributes: { Url: url, Id: name } };
  },
  update: async (context, { physicalId, properties: before }, webhook) => {
    const url = await putWebhook(context, physicalId, webhook);
    if (webhook.RegisterWithThirdParty === true && before.RegisterWithThirdParty !== true) {
      await context.call('codepipeline', 'RegisterWebhookWithThirdParty', { webhookName: physicalId });
    }
    return { physicalId, attributes: { Url: url, Id: physicalId } };
  },
  delete: async (context, { physicalId, properties: { RegisterWithThirdParty: isRegistered } }) => {
    if (isRegistered === true)
      await context.call('codepipeline', 'DeregisterWebhookWithThirdParty', { webhookName: physicalId });
    await context.call('codepipeline', 'DeleteWebhook', { name: physicalId });
  },
});

async function putWebhook(context: ResourceContext, name: string, webhook: Webhook): Promise<string> {
  const result = await context.call<{ webhook: { url: string } }>('codepipeline', 'PutWebhook', {
    webhook: {
      name,
      targetPipeline: webhook.TargetPipeline,
      targetAction: webhook.TargetAction,
      filters: webhook.Filters.map(({ JsonPath: jsonPath, MatchEquals: matchEquals }) => ({ jsonPath, matchEquals })),
      authentication: webhook.Authentication,
      // The API spells these two in PascalCase.
      authenticationConfiguration: webhook.AuthenticationConfiguration,
    },
    tags: lowerCaseTags(context, webhook.Tags),
  });
  return result.webhook.url;
}
