import type * as apis from '@aws-sdk/client-apigatewayv2';
import { operation } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';
import { checkLogFormat, logGroupOf } from './access-log.ts';
import { childOperations } from './child-operations.ts';
import { badRequest, conflict, notFound, refuseOthers } from './gateway-error.ts';
import type { HttpApiRecord, RouteLimits, StageRecord } from './http-api-record.ts';
import type { HttpApiStore } from './http-api-store.ts';

const READ = [
  'ApiId',
  'StageName',
  'AutoDeploy',
  'AccessLogSettings',
  'DefaultRouteSettings',
  'RouteSettings',
  'StageVariables',
  'Description',
  'Tags',
];
const LIMITS = ['ThrottlingBurstLimit', 'ThrottlingRateLimit', 'DetailedMetricsEnabled'];

/** Stages that deploy by themselves; deployments are refused. */
export function stageOperations(store: HttpApiStore): Service['operations'] {
  const onPart = (input: { ApiId: string | undefined; StageName: string | undefined }) =>
    store.permission('DELETE', `/apis/${input.ApiId}/stages/${input.StageName}`);
  const change = (
    input: { ApiId: string | undefined; StageName: string | undefined },
    to: (stage: StageRecord) => StageRecord,
  ) => {
    const api = store.api(input.ApiId);
    const stage = api.stages[input.StageName ?? ''];
    if (stage === undefined) throw notFound(`Invalid Stage identifier specified ${input.StageName}`);
    api.stages[input.StageName ?? ''] = to(stage);
    store.save(api);
  };
  return {
    ...childOperations<StageRecord, Partial<apis.CreateStageRequest>>(store, {
      name: 'Stage',
      idMember: 'StageName',
      records: (api) => api.stages,
      newId: (_api, { StageName = '' }) => StageName,
      read: (api, input, before) => readStage(store, api, input, before),
      view: (StageName, { tags, createdAt, ...record }) => ({
        ...record,
        StageName,
        AutoDeploy: true,
        CreatedDate: new Date(createdAt),
        Tags: tags,
      }),
    }),
    DeleteAccessLogSettings: operation(onPart, (input: apis.DeleteAccessLogSettingsRequest) =>
      change(input, ({ AccessLogSettings: _gone, ...stage }) => stage),
    ),
    DeleteRouteSettings: operation(onPart, (input: apis.DeleteRouteSettingsRequest) =>
      change(input, (stage) => {
        const { [input.RouteKey ?? '']: _gone, ...RouteSettings } = stage.RouteSettings ?? {};
        return { ...stage, RouteSettings };
      }),
    ),
  };
}

function readStage(
  store: HttpApiStore,
  api: HttpApiRecord,
  input: Partial<apis.CreateStageRequest>,
  before: StageRecord | undefined,
): StageRecord {
  refuseOthers(input, READ);
  const name = input.StageName ?? '';
  if (!/^(\$default|[\w-]{1,128})$/.test(name)) throw badRequest(`Stage name only allows a-zA-Z0-9_-: ${name}`);
  if (before === undefined && Object.hasOwn(api.stages, name)) throw conflict(`Stage ${name} already exists`);
  if (input.AutoDeploy === false || (before === undefined && input.AutoDeploy !== true)) {
    throw badRequest('local-aws keeps no deployments of an HTTP API: give its stages AutoDeploy: true');
  }
  const { DefaultRouteSettings, RouteSettings, StageVariables, Description } = input;
  for (const limits of [DefaultRouteSettings, ...Object.values(RouteSettings ?? {})]) checkLimits(limits);
  checkRoutes(api, RouteSettings);
  return {
    ...before,
    ...(input.AccessLogSettings !== undefined && { AccessLogSettings: readAccessLog(input.AccessLogSettings) }),
    ...(DefaultRouteSettings !== undefined && { DefaultRouteSettings: DefaultRouteSettings as RouteLimits }),
    ...(RouteSettings !== undefined && {
      RouteSettings: { ...before?.RouteSettings, ...(RouteSettings as Record<string, RouteLimits>) },
    }),
    ...(StageVariables !== undefined && { StageVariables: withVariables(before?.StageVariables, StageVariables) }),
    ...(Description !== undefined && { Description }),
    tags: before?.tags ?? { ...input.Tags },
    createdAt: before?.createdAt ?? store.cloud.now(),
  };
}

/** An empty value takes a variable away. */
function withVariables(
  before: StageRecord['StageVariables'],
  after: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...before, ...after }).filter(([, value]) => value !== ''));
}

function checkLimits(limits: apis.RouteSettings | undefined): void {
  refuseOthers(limits ?? {}, LIMITS, 'route setting ');
  for (const value of [limits?.ThrottlingBurstLimit, limits?.ThrottlingRateLimit]) {
    if (value !== undefined && value < 0) throw badRequest(`${value} is no throttling limit`);
  }
}

function checkRoutes(api: HttpApiRecord, settings: apis.CreateStageRequest['RouteSettings']): void {
  const keys = new Set(Object.values(api.routes).map(({ RouteKey }) => RouteKey));
  const unknown = Object.keys(settings ?? {}).find((key) => !keys.has(key));
  if (unknown === undefined) return;
  // In a template: the stage must depend on the route.
  throw notFound(`Unable to find Route by key ${unknown} within the provided RouteSettings`);
}

function readAccessLog(settings: apis.AccessLogSettings): NonNullable<StageRecord['AccessLogSettings']> {
  const { DestinationArn = '', Format = '' } = settings;
  if (logGroupOf(DestinationArn) === undefined) {
    throw badRequest(`DestinationArn is not the ARN of a log group: ${DestinationArn}`);
  }
  checkLogFormat(Format);
  return { DestinationArn, Format };
}
