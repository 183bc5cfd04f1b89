import { apigatewayDeployment } from './apigateway-deployment.ts';
import { apigatewayMethod } from './apigateway-method.ts';
import { apigatewayResource } from './apigateway-resource.ts';
import { apigatewayRestApi } from './apigateway-rest-api.ts';
import { apigatewayStage } from './apigateway-stage.ts';
import { apigatewayv2Api } from './apigatewayv2-api.ts';
import { apigatewayv2ApiMapping } from './apigatewayv2-api-mapping.ts';
import { apigatewayv2DomainName } from './apigatewayv2-domain-name.ts';
import { apigatewayv2Integration } from './apigatewayv2-integration.ts';
import { apigatewayv2Route } from './apigatewayv2-route.ts';
import { apigatewayv2Stage } from './apigatewayv2-stage.ts';
import { cloudwatchAlarm } from './cloudwatch-alarm.ts';
import { codebuildProject } from './codebuild-project.ts';
import { codeconnectionsConnection, codestarConnectionsConnection } from './codeconnections-connection.ts';
import { codepipelineCustomActionType } from './codepipeline-custom-action-type.ts';
import { codepipelinePipeline } from './codepipeline-pipeline.ts';
import { codepipelineWebhook } from './codepipeline-webhook.ts';
import { ec2NetworkTypes } from './ec2-network.ts';
import { ec2SecurityTypes } from './ec2-security.ts';
import { eventsArchive } from './events-archive.ts';
import { eventsEventBus } from './events-event-bus.ts';
import { eventsRule } from './events-rule.ts';
import { iamManagedPolicy } from './iam-managed-policy.ts';
import { iamPolicy } from './iam-policy.ts';
import { iamRole } from './iam-role.ts';
import { kmsAlias } from './kms-alias.ts';
import { kmsKey } from './kms-key.ts';
import { lambdaEventInvokeConfig } from './lambda-event-invoke-config.ts';
import { lambdaFunction } from './lambda-function.ts';
import { lambdaPermission } from './lambda-permission.ts';
import { lambdaUrl } from './lambda-url.ts';
import { logsLogGroup } from './logs-log-group.ts';
import type { ResourceType } from './resource-type.ts';
import { s3Bucket } from './s3-bucket.ts';
import { s3BucketPolicy } from './s3-bucket-policy.ts';
import { secretsmanagerResourcePolicy } from './secretsmanager-resource-policy.ts';
import { secretsmanagerSecret } from './secretsmanager-secret.ts';
import { sqsQueue } from './sqs-queue.ts';
import { sqsQueuePolicy } from './sqs-queue-policy.ts';
import { ssmParameter } from './ssm-parameter.ts';

const ALL: readonly ResourceType[] = [
  apigatewayDeployment,
  apigatewayMethod,
  apigatewayResource,
  apigatewayRestApi,
  apigatewayStage,
  apigatewayv2Api,
  apigatewayv2ApiMapping,
  apigatewayv2DomainName,
  apigatewayv2Integration,
  apigatewayv2Route,
  apigatewayv2Stage,
  cloudwatchAlarm,
  codebuildProject,
  codeconnectionsConnection,
  codestarConnectionsConnection,
  codepipelineCustomActionType,
  codepipelinePipeline,
  codepipelineWebhook,
  ...ec2NetworkTypes,
  ...ec2SecurityTypes,
  eventsArchive,
  eventsEventBus,
  eventsRule,
  iamManagedPolicy,
  iamPolicy,
  iamRole,
  kmsAlias,
  kmsKey,
  lambdaEventInvokeConfig,
  lambdaFunction,
  lambdaPermission,
  lambdaUrl,
  logsLogGroup,
  s3Bucket,
  s3BucketPolicy,
  secretsmanagerResourcePolicy,
  secretsmanagerSecret,
  sqsQueue,
  sqsQueuePolicy,
  ssmParameter,
];

/** Every supported resource type by name; a type that is not here is a validation error. */
export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType> = new Map(ALL.map((type) => [type.type, type]));
