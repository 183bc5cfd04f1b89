import * as z from 'zod';
import { document, integer, object, string, tags, word } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';
import { allTags } from './tag-changes.ts';

const target = object({
  Arn: string,
  DeadLetterConfig: object({ Arn: string.optional() }).optional(),
  Id: string,
  Input: string.optional(),
  InputPath: string.optional(),
  InputTransformer: object({
    InputPathsMap: z.record(z.string(), string).optional(),
    InputTemplate: string,
  }).optional(),
  RetryPolicy: object({
    MaximumEventAgeInSeconds: integer.optional(),
    MaximumRetryAttempts: integer.optional(),
  }).optional(),
  RoleArn: string.optional(),
  SqsParameters: object({ MessageGroupId: string }).optional(),
});

const properties = object({
  Description: string.optional(),
  EventBusName: string.optional(),
  EventPattern: document.optional(),
  Name: string.optional(),
  RoleArn: string.optional(),
  ScheduleExpression: string.optional(),
  State: word('ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS').optional(),
  Tags: tags.optional(),
  Targets: z.array(target).optional(),
});
type Rule = z.infer<typeof properties>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html */
export const eventsRule = defineResource({
  type: 'AWS::Events::Rule',
  properties,
  attributes: ['Arn', 'RuleName'],
  replacedBy: ['Name', 'EventBusName'],
  nameProperty: 'Name',
  create: async (context, rule) => {
    const name = rule.Name ?? context.physicalName(64);
    const arn = await putRule(context, name, rule);
    // Ref of a rule on a bus of its own is `bus|name`, else the name.
    const ref =
      rule.EventBusName === undefined || rule.EventBusName === 'default' ? name : `${rule.EventBusName}|${name}`;
    context.created(ref);
    await putTargets(context, name, rule);
    return { physicalId: ref, attributes: { Arn: arn, RuleName: name } };
  },
  update: async (context, { physicalId, properties: before, attributes }, rule) => {
    const name = ruleName(physicalId);
    await putRule(context, name, rule);
    const ids = new Set((rule.Targets ?? []).map(({ Id }) => Id));
    const gone = (before.Targets ?? []).map(({ Id }) => Id).filter((id) => !ids.has(id));
    await putTargets(context, name, rule);
    if (gone.length > 0)
      await context.call('events', 'RemoveTargets', { Rule: name, EventBusName: rule.EventBusName, Ids: gone });
    return { physicalId, attributes };
  },
  delete: async (context, { physicalId, properties: { EventBusName } }) => {
    const Rule = ruleName(physicalId);
    const { Targets = [] } = await context.call<{ Targets?: { Id: string }[] }>('events', 'ListTargetsByRule', {
      Rule,
      EventBusName,
    });
    if (Targets.length > 0)
      await context.call('events', 'RemoveTargets', { Rule, EventBusName, Ids: Targets.map(({ Id }) => Id) });
    await context.call('events', 'DeleteRule', { Name: Rule, EventBusName });
  },
});

function ruleName(physicalId: string): string {
  return physicalId.split('|').at(-1) ?? physicalId;
}

async function putRule(
  context: ResourceContext,
  Name: string,
  { Targets: _targets, Tags: own, ...rule }: Rule,
): Promise<string> {
  const Tags = allTags(context, own);
  const { RuleArn } = await context.call<{ RuleArn: string }>('events', 'PutRule', {
    ...rule,
    Name,
    Tags: Tags.length === 0 ? undefined : Tags,
  });
  return RuleArn;
}

async function putTargets(context: ResourceContext, Rule: string, { EventBusName, Targets = [] }: Rule): Promise<void> {
  if (Targets.length === 0) return;
  const result = await context.call<{ FailedEntries?: { TargetId?: string; ErrorMessage?: string }[] }>(
    'events',
    'PutTargets',
    { Rule, EventBusName, Targets },
  );
  const [failed] = result.FailedEntries ?? [];
  if (failed !== undefined)
    throw new Error(`Target ${failed.TargetId} of rule ${Rule} was refused: ${failed.ErrorMessage}`);
}
