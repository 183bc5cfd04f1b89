import type * as events from '@aws-sdk/client-eventbridge';
import { operation, permit } from '../cloud/operation.ts';
import { type Permission, type Service, ServiceError } from '../cloud/service.ts';
import type { EventStore } from './event-store.ts';
import type { TargetRecord } from './rule-record.ts';
import { isPath, unknownPlaceholders } from './target-input.ts';

/** Targets of one rule. */
const MAX_TARGETS = 5;
/** What events can be sent to here. */
const SERVICES = ['lambda', 'sqs', 'codepipeline', 'codebuild'];
/** These act as a role of the target, the others by their own policies. */
const NEED_ROLE = ['codepipeline', 'codebuild'];
const READ = ['Id', 'Arn', 'RoleArn', 'Input', 'InputPath', 'InputTransformer', 'RetryPolicy', 'DeadLetterConfig'];

/** Targets of rules. */
export function targetOperations(store: EventStore): Service['operations'] {
  const on = (action: string) => (input: { Rule: string | undefined; EventBusName?: string | undefined }) =>
    permit(`events:${action}`, store.ruleArn(input.Rule ?? '', store.busName(input.EventBusName)));
  return {
    PutTargets: operation(
      (input: events.PutTargetsRequest) => [...on('PutTargets')(input), ...passRoles(input)],
      (input): events.PutTargetsResponse => {
        const rule = store.rule(input.Rule, input.EventBusName);
        const added = (input.Targets ?? []).map(readTarget);
        const ids = new Set(added.map(({ Id }) => Id));
        const targets = [...rule.targets.filter(({ Id }) => !ids.has(Id)), ...added];
        if (targets.length > MAX_TARGETS) {
          throw new ServiceError(
            'LimitExceededException',
            `The requested resource exceeds the maximum number allowed: ${MAX_TARGETS} targets.`,
          );
        }
        rule.targets = targets;
        store.saveRule(rule);
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    ),
    RemoveTargets: operation(
      on('RemoveTargets'),
      (input: events.RemoveTargetsRequest): events.RemoveTargetsResponse => {
        const rule = store.rule(input.Rule, input.EventBusName);
        rule.targets = rule.targets.filter(({ Id }) => !(input.Ids ?? []).includes(Id));
        store.saveRule(rule);
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    ),
    ListTargetsByRule: operation(
      on('ListTargetsByRule'),
      (input: events.ListTargetsByRuleRequest): events.ListTargetsByRuleResponse => ({
        Targets: store.rule(input.Rule, input.EventBusName).targets as events.Target[],
      }),
    ),
    ListRuleNamesByTarget: operation(
      () => permit('events:ListRuleNamesByTarget'),
      (input: events.ListRuleNamesByTargetRequest): events.ListRuleNamesByTargetResponse => ({
        RuleNames: store
          .rules(store.bus(input.EventBusName).name)
          .filter((rule) => rule.targets.some(({ Arn }) => Arn === input.TargetArn))
          .map(({ name }) => name),
      }),
    ),
  };
}

function passRoles(input: events.PutTargetsRequest): Permission[] {
  return (input.Targets ?? []).flatMap(({ RoleArn }) =>
    RoleArn === undefined
      ? []
      : [{ action: 'iam:PassRole', resource: RoleArn, context: { 'iam:PassedToService': 'events.amazonaws.com' } }],
  );
}

function readTarget(target: events.Target): TargetRecord {
  const invalid = (message: string) => new ServiceError('ValidationException', `target ${target.Id}: ${message}`);
  const given = Object.entries(target).filter(([, value]) => value !== undefined);
  const unknown = given.filter(([key]) => !READ.includes(key)).map(([key]) => key);
  if (unknown.length > 0) throw invalid(`local-aws does not simulate ${unknown.join(', ')}`);
  const service = target.Arn?.split(':')[2] ?? '';
  if (!SERVICES.includes(service))
    throw invalid(`local-aws sends events to ${SERVICES.join(', ')}, not to ${target.Arn}`);
  if (NEED_ROLE.includes(service) && target.RoleArn === undefined) throw invalid(`RoleArn is required for ${service}`);
  const inputs = [target.Input, target.InputPath, target.InputTransformer].filter((input) => input !== undefined);
  if (inputs.length > 1) throw invalid('only one of Input, InputPath, InputTransformer may be given');
  const { InputPathsMap = {}, InputTemplate = '' } = target.InputTransformer ?? {};
  const paths = [target.InputPath ?? '$', ...Object.values(InputPathsMap)];
  const wrong = paths.find((path) => !isPath(path ?? ''));
  if (wrong !== undefined) throw invalid(`${wrong} is not a path that local-aws can follow`);
  const placeholders = unknownPlaceholders(InputTemplate, Object.keys(InputPathsMap));
  if (placeholders.length > 0) throw invalid(`the template has no value for <${placeholders.join('>, <')}>`);
  const { Id = '', Arn = '', ...rest } = Object.fromEntries(given);
  return { ...rest, Id, Arn };
}
