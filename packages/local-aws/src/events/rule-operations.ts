import type * as events from '@aws-sdk/client-eventbridge';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { compilePattern } from './event-pattern.ts';
import type { EventStore } from './event-store.ts';
import { PatternError } from './pattern-error.ts';
import type { RuleRecord } from './rule-record.ts';
import { parseSchedule } from './schedule.ts';
import type { Schedules } from './schedules.ts';

/** Rules: patterns and schedules. */
export function ruleOperations(store: EventStore, schedules: Schedules): Service['operations'] {
  const on = (action: string) => (input: { Name: string | undefined; EventBusName?: string | undefined }) =>
    permit(`events:${action}`, store.ruleArn(input.Name ?? '', store.busName(input.EventBusName)));
  const enable = (isEnabled: boolean) => (input: events.EnableRuleRequest) => {
    const rule = store.rule(input.Name, input.EventBusName);
    rule.isEnabled = isEnabled;
    store.saveRule(rule);
    schedules.update(rule);
  };
  return {
    PutRule: operation(on('PutRule'), (input: events.PutRuleRequest): events.PutRuleResponse => {
      const rule = putRule(store, input);
      schedules.update(rule);
      return { RuleArn: rule.arn };
    }),
    DescribeRule: operation(on('DescribeRule'), (input: events.DescribeRuleRequest) =>
      ruleView(store.rule(input.Name, input.EventBusName)),
    ),
    ListRules: operation(
      () => permit('events:ListRules'),
      (input: events.ListRulesRequest): events.ListRulesResponse => ({
        Rules: store
          .rules(store.bus(input.EventBusName).name)
          .filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
          .map(ruleView),
      }),
    ),
    EnableRule: operation(on('EnableRule'), enable(true)),
    DisableRule: operation(on('DisableRule'), enable(false)),
    DeleteRule: operation(on('DeleteRule'), (input: events.DeleteRuleRequest) => {
      const rule = store.findRule(input.Name, input.EventBusName);
      if (rule === undefined) return;
      if (rule.targets.length > 0) {
        throw new ServiceError('ValidationException', "Rule can't be deleted since it has targets.");
      }
      schedules.remove(rule);
      store.deleteRule(rule);
    }),
    TestEventPattern: operation(
      () => permit('events:TestEventPattern'),
      (input: events.TestEventPatternRequest): events.TestEventPatternResponse => ({
        Result: checkedPattern(input.EventPattern ?? '')(parsedEvent(input.Event ?? '')),
      }),
    ),
    ...tagOperations(store),
  };
}

function putRule(store: EventStore, input: events.PutRuleRequest): RuleRecord {
  const name = input.Name ?? '';
  const busName = store.bus(input.EventBusName).name;
  const { EventPattern: pattern, ScheduleExpression: schedule } = input;
  if (!/^[\w.-]{1,64}$/.test(name)) throw new ServiceError('ValidationException', `${name} is not a rule name`);
  if (pattern === undefined && schedule === undefined) {
    throw new ServiceError('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  if (pattern !== undefined) checkedPattern(pattern);
  if (schedule !== undefined) checkSchedule(schedule, busName);
  const rule: RuleRecord = {
    name,
    busName,
    arn: store.ruleArn(name, busName),
    ...(pattern !== undefined && { pattern }),
    ...(schedule !== undefined && { schedule }),
    isEnabled: input.State !== 'DISABLED',
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.RoleArn !== undefined && { roleArn: input.RoleArn }),
    targets: store.findRule(name, busName)?.targets ?? [],
    tags: Object.fromEntries((input.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
  };
  store.saveRule(rule);
  return rule;
}

function checkSchedule(schedule: string, busName: string): void {
  if (busName !== 'default') {
    throw new ServiceError('ValidationException', 'ScheduleExpression is supported only on the default event bus.');
  }
  if (parseSchedule(schedule) === undefined) {
    throw new ServiceError('ValidationException', `Parameter ScheduleExpression is not valid: ${schedule}`);
  }
}

/** The default quota; AWS raises it to 4096 on request. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_PATTERN_CHARACTERS = 2048;

/** Compiles a pattern; throws InvalidEventPatternException with the reason. */
export function checkedPattern(text: string): (event: unknown) => boolean {
  if (text.length > MAX_PATTERN_CHARACTERS) {
    const found = `The event pattern has ${text.length} characters`;
    throw new ServiceError('ValidationException', `${found}; at most ${MAX_PATTERN_CHARACTERS} are allowed.`);
  }
  try {
    return compilePattern(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ServiceError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`);
  }
}

function parsedEvent(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ServiceError('ValidationException', 'Parameter Event is not valid JSON.');
  }
}

function ruleView(rule: RuleRecord): events.DescribeRuleResponse {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventBusName: rule.busName,
    State: rule.isEnabled ? 'ENABLED' : 'DISABLED',
    ...(rule.pattern !== undefined && { EventPattern: rule.pattern }),
    ...(rule.schedule !== undefined && { ScheduleExpression: rule.schedule }),
    ...(rule.description !== undefined && { Description: rule.description }),
    ...(rule.roleArn !== undefined && { RoleArn: rule.roleArn }),
  };
}

function tagOperations(store: EventStore): Service['operations'] {
  const on = (action: string) => (input: { ResourceARN: string | undefined }) =>
    permit(`events:${action}`, input.ResourceARN);
  const withTags = (arn: string | undefined, change: (tags: Record<string, string>) => void): void => {
    const rule = store.rules().find((candidate) => candidate.arn === arn);
    const bus = [...store.buses.values()].find((candidate) => candidate.arn === arn);
    const found = rule ?? bus;
    if (found === undefined) throw new ServiceError('ResourceNotFoundException', `${arn} does not exist.`);
    change(found.tags);
    if (rule !== undefined) store.saveRule(rule);
    else if (bus !== undefined) store.buses.set(bus.name, bus);
  };
  return {
    TagResource: operation(on('TagResource'), (input: events.TagResourceRequest) =>
      withTags(input.ResourceARN, (tags) => {
        for (const { Key = '', Value = '' } of input.Tags ?? []) tags[Key] = Value;
      }),
    ),
    UntagResource: operation(on('UntagResource'), (input: events.UntagResourceRequest) =>
      withTags(input.ResourceARN, (tags) => {
        for (const key of input.TagKeys ?? []) delete tags[key];
      }),
    ),
    ListTagsForResource: operation(
      on('ListTagsForResource'),
      (input: events.ListTagsForResourceRequest): events.ListTagsForResourceResponse => {
        let Tags: events.Tag[] = [];
        withTags(input.ResourceARN, (tags) => {
          Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
        });
        return { Tags };
      },
    ),
  };
}
