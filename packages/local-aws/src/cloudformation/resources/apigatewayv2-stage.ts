import * as z from 'zod';
import { boolean, integer, number, object, string, stringMap } from './property.ts';
import { defineResource } from './resource-type.ts';
import { mapTagChanges, mergedTagMap } from './tag-changes.ts';

const routeSettings = object({
  DetailedMetricsEnabled: boolean.optional(),
  ThrottlingBurstLimit: integer.optional(),
  ThrottlingRateLimit: number.optional(),
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-stage.html */
export const apigatewayv2Stage = defineResource({
  type: 'AWS::ApiGatewayV2::Stage',
  properties: object({
    AccessLogSettings: object({ DestinationArn: string, Format: string }).optional(),
    ApiId: string,
    AutoDeploy: boolean,
    DefaultRouteSettings: routeSettings.optional(),
    Description: string.optional(),
    RouteSettings: z.record(z.string(), routeSettings).optional(),
    StageName: string,
    StageVariables: stringMap.optional(),
    Tags: stringMap.optional(),
  }),
  attributes: [],
  replacedBy: ['ApiId', 'StageName'],
  nameProperty: 'StageName',
  create: async (context, { Tags: own, ...stage }) => {
    await context.call('apigatewayv2', 'CreateStage', { ...stage, Tags: mergedTagMap(context, own) });
    return { physicalId: stage.StageName };
  },
  update: async (context, { properties: before }, { Tags: own, ...stage }) => {
    const { ApiId, StageName } = stage;
    if (stage.AccessLogSettings === undefined && before.AccessLogSettings !== undefined) {
      await context.call('apigatewayv2', 'DeleteAccessLogSettings', { ApiId, StageName });
    }
    for (const RouteKey of Object.keys(before.RouteSettings ?? {})) {
      if (stage.RouteSettings?.[RouteKey] === undefined) {
        await context.call('apigatewayv2', 'DeleteRouteSettings', { ApiId, StageName, RouteKey });
      }
    }
    const gone = Object.fromEntries(Object.keys(before.StageVariables ?? {}).map((name) => [name, '']));
    await context.call('apigatewayv2', 'UpdateStage', {
      Description: '',
      DefaultRouteSettings: {},
      ...stage,
      StageVariables: { ...gone, ...stage.StageVariables },
    });
    const { partition, region } = context;
    await mapTagChanges(context, {
      service: 'apigatewayv2',
      arn: `arn:${partition}:apigateway:${region}::/apis/${ApiId}/stages/${StageName}`,
      before: before.Tags,
      after: own,
    });
    return { physicalId: StageName };
  },
  delete: async (context, { properties: { ApiId, StageName } }) => {
    await context.call('apigatewayv2', 'DeleteStage', { ApiId, StageName });
  },
});
