import { describe, expect, it } from 'vitest';
import type { ServiceName } from '../../cloud/service.ts';
import { conform } from '../../protocol/conform.ts';
import { findServiceApi, loadServiceModel } from '../../protocol/service-api.ts';
import { defined } from '../engine/resource-context.ts';
import type { JsonObject } from '../template/json.ts';
import { RESOURCE_TYPES } from './registry.ts';
import type { ResourceContext } from './resource-type.ts';

const TAGS = [{ Key: 'a', Value: 'b' }];
const POLICY = { Version: '2012-10-17', Statement: [] };
const ARTIFACTS = { MinimumCount: '0', MaximumCount: 1 };

/** Properties before and after an update, with numbers and booleans as text here and there, as parameters give them. */
const EXAMPLES: Readonly<Record<string, readonly [JsonObject, JsonObject]>> = {
  'AWS::ApiGateway::Deployment': [{ RestApiId: 'a', Description: 'd' }, {}],
  'AWS::ApiGateway::Method': [
    {
      RestApiId: 'a',
      ResourceId: 'r',
      HttpMethod: 'POST',
      AuthorizationType: 'NONE',
      Integration: { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: 'arn:f', TimeoutInMillis: '1000' },
    },
    {
      RestApiId: 'a',
      ResourceId: 'r',
      HttpMethod: 'POST',
      AuthorizationType: 'NONE',
      Integration: { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: 'arn:g' },
    },
  ],
  'AWS::ApiGateway::Resource': [{ RestApiId: 'a', ParentId: 'r', PathPart: '{x}' }, {}],
  'AWS::ApiGateway::RestApi': [
    {
      Name: 'a',
      EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ['vpce-1'] },
      Policy: POLICY,
      BinaryMediaTypes: ['*/*'],
      DisableExecuteApiEndpoint: 'false',
      Tags: TAGS,
    },
    { Name: 'b', Description: 'd', EndpointConfiguration: { Types: ['PRIVATE'] }, BinaryMediaTypes: ['image/png'] },
  ],
  'AWS::ApiGateway::Stage': [
    { RestApiId: 'a', DeploymentId: 'd', StageName: 'v1', Variables: { a: 'b' }, Tags: TAGS },
    { RestApiId: 'a', DeploymentId: 'e', StageName: 'v1', Variables: { c: 'd' } },
  ],
  'AWS::ApiGatewayV2::Api': [
    { Name: 'a', ProtocolType: 'HTTP', Description: 'd', DisableExecuteApiEndpoint: 'false', Tags: { a: 'b' } },
    { Name: 'b', ProtocolType: 'HTTP' },
  ],
  'AWS::ApiGatewayV2::ApiMapping': [
    { ApiId: 'a', DomainName: 'x.example', Stage: '$default', ApiMappingKey: 'v1' },
    { ApiId: 'a', DomainName: 'x.example', Stage: '$default' },
  ],
  'AWS::ApiGatewayV2::DomainName': [
    {
      DomainName: 'x.example',
      DomainNameConfigurations: [{ CertificateArn: 'arn:aws:acm:x', EndpointType: 'REGIONAL' }],
      Tags: { a: 'b' },
    },
    { DomainName: 'x.example', DomainNameConfigurations: [{ CertificateArn: 'arn:aws:acm:y' }] },
  ],
  'AWS::ApiGatewayV2::Integration': [
    {
      ApiId: 'a',
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: 'arn:f',
      PayloadFormatVersion: '2.0',
      TimeoutInMillis: '1000',
    },
    { ApiId: 'a', IntegrationType: 'AWS_PROXY', IntegrationUri: 'arn:g', PayloadFormatVersion: '2.0' },
  ],
  'AWS::ApiGatewayV2::Route': [
    { ApiId: 'a', RouteKey: 'POST /x', Target: 'integrations/i' },
    { ApiId: 'a', RouteKey: '$default', ApiKeyRequired: false },
  ],
  'AWS::ApiGatewayV2::Stage': [
    {
      ApiId: 'a',
      StageName: '$default',
      AutoDeploy: true,
      AccessLogSettings: { DestinationArn: 'arn:l', Format: '$context.requestId' },
      DefaultRouteSettings: { ThrottlingBurstLimit: '5', ThrottlingRateLimit: '2.5' },
      RouteSettings: { 'POST /x': { DetailedMetricsEnabled: true } },
      Tags: { a: 'b' },
    },
    { ApiId: 'a', StageName: '$default', AutoDeploy: 'true', StageVariables: { a: 'b' } },
  ],
  'AWS::CloudWatch::Alarm': [
    {
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: '1',
      Threshold: '0',
      Namespace: 'AWS/SQS',
      MetricName: 'm',
      Period: 60,
      Statistic: 'Sum',
      Dimensions: [{ Name: 'QueueName', Value: 'q' }],
      TreatMissingData: 'notBreaching',
      AlarmActions: ['arn:x'],
      Tags: TAGS,
    },
    { ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1, Threshold: 1 },
  ],
  'AWS::CodeBuild::Project': [
    {
      Artifacts: { Type: 'NO_ARTIFACTS' },
      Environment: {
        Type: 'LINUX_CONTAINER',
        ComputeType: 'BUILD_GENERAL1_SMALL',
        Image: 'i',
        PrivilegedMode: 'false',
        EnvironmentVariables: [{ Name: 'A', Value: 1 }],
      },
      Source: { Type: 'S3', Location: 'b/k.zip', BuildSpec: 'version: 0.2' },
      ServiceRole: 'arn:role',
      LogsConfig: { CloudWatchLogs: { Status: 'ENABLED', GroupName: 'g' }, S3Logs: { Status: 'DISABLED' } },
      TimeoutInMinutes: '60',
      QueuedTimeoutInMinutes: 30,
      ConcurrentBuildLimit: 2,
      Cache: { Type: 'LOCAL', Modes: ['LOCAL_SOURCE_CACHE'] },
      VpcConfig: { VpcId: 'vpc-1', Subnets: ['s'], SecurityGroupIds: ['sg'] },
      Tags: TAGS,
    },
    {
      Artifacts: { Type: 'NO_ARTIFACTS' },
      Environment: { Type: 'LINUX_CONTAINER', ComputeType: 'x', Image: 'i' },
      Source: { Type: 'NO_SOURCE' },
      ServiceRole: 'arn:role',
    },
  ],
  'AWS::CodeConnections::Connection': [
    { ConnectionName: 'c', ProviderType: 'AzureDevOps', Tags: TAGS },
    { ConnectionName: 'c', ProviderType: 'AzureDevOps' },
  ],
  'AWS::CodeStarConnections::Connection': [
    { ConnectionName: 'c', HostArn: 'arn:h', Tags: TAGS },
    { ConnectionName: 'c', HostArn: 'arn:h' },
  ],
  'AWS::CodePipeline::CustomActionType': [
    {
      Category: 'Source',
      Provider: 'Git',
      Version: 1,
      InputArtifactDetails: ARTIFACTS,
      OutputArtifactDetails: ARTIFACTS,
      ConfigurationProperties: [{ Name: 'GitUrl', Key: 'true', Required: true, Secret: false, Type: 'String' }],
      Settings: { EntityUrlTemplate: 'https://x' },
    },
    {
      Category: 'Source',
      Provider: 'Git',
      Version: 1,
      InputArtifactDetails: ARTIFACTS,
      OutputArtifactDetails: ARTIFACTS,
      Tags: TAGS,
    },
  ],
  'AWS::CodePipeline::Pipeline': [
    {
      RoleArn: 'arn:role',
      PipelineType: 'V2',
      ExecutionMode: 'QUEUED',
      ArtifactStore: { Type: 'S3', Location: 'b', EncryptionKey: { Type: 'KMS', Id: 'k' } },
      Variables: [{ Name: 'SourceCommit', DefaultValue: 'x' }],
      Triggers: [
        {
          ProviderType: 'CodeStarSourceConnection',
          GitConfiguration: { SourceActionName: 'S', Push: [{ Branches: { Includes: ['main'] } }] },
        },
      ],
      DisableInboundStageTransitions: [{ StageName: 'S', Reason: 'r' }],
      Stages: [
        {
          Name: 'S',
          Actions: [
            {
              Name: 'A',
              ActionTypeId: { Category: 'Source', Owner: 'Custom', Provider: 'Git', Version: '1' },
              Configuration: { GitUrl: 'u', GitLfs: false },
              OutputArtifacts: [{ Name: 'O' }],
              Namespace: 'N',
              RunOrder: '1',
            },
          ],
        },
      ],
      Tags: TAGS,
    },
    {
      RoleArn: 'arn:role',
      ArtifactStores: [{ Region: 'eu-west-1', ArtifactStore: { Type: 'S3', Location: 'b' } }],
      Stages: [],
      RestartExecutionOnUpdate: true,
    },
  ],
  'AWS::CodePipeline::Webhook': [
    {
      Authentication: 'GITHUB_HMAC',
      AuthenticationConfiguration: { SecretToken: 's' },
      Filters: [{ JsonPath: '$.ref', MatchEquals: 'refs/heads/{Branch}' }],
      TargetAction: 'A',
      TargetPipeline: 'P',
      TargetPipelineVersion: 1,
      RegisterWithThirdParty: true,
    },
    {
      Authentication: 'IP',
      AuthenticationConfiguration: { AllowedIPRange: '10.0.0.0/8' },
      Filters: [],
      TargetAction: 'A',
      TargetPipeline: 'P',
    },
  ],
  'AWS::Events::Archive': [
    { SourceArn: 'arn:b', RetentionDays: '14', EventPattern: { source: ['x'] } },
    { SourceArn: 'arn:b', Description: 'd', EventPattern: '{"source":["y"]}' },
  ],
  'AWS::Events::EventBus': [
    { Name: 'bus', Tags: TAGS },
    { Name: 'bus', Description: 'd' },
  ],
  'AWS::Events::Rule': [
    {
      EventBusName: 'bus',
      EventPattern: { source: ['x'] },
      State: 'ENABLED',
      Targets: [
        {
          Id: 't',
          Arn: 'arn:fn',
          RetryPolicy: { MaximumRetryAttempts: '3' },
          DeadLetterConfig: { Arn: 'arn:q' },
          InputTransformer: { InputPathsMap: { a: '$.a' }, InputTemplate: '<a>' },
        },
      ],
    },
    { EventBusName: 'bus', ScheduleExpression: 'rate(5 minutes)', Tags: TAGS },
  ],
  'AWS::IAM::ManagedPolicy': [
    { PolicyDocument: POLICY, Roles: ['r'] },
    { PolicyDocument: { ...POLICY, Id: 'new' }, Roles: [] },
  ],
  'AWS::IAM::Policy': [
    { PolicyName: 'p', PolicyDocument: POLICY, Roles: ['r'] },
    { PolicyName: 'q', PolicyDocument: POLICY, Roles: ['s'] },
  ],
  'AWS::IAM::Role': [
    {
      AssumeRolePolicyDocument: POLICY,
      Policies: [{ PolicyName: 'p', PolicyDocument: POLICY }],
      ManagedPolicyArns: ['arn:p'],
      MaxSessionDuration: '3600',
      Path: '/x/',
      Tags: TAGS,
    },
    { AssumeRolePolicyDocument: { ...POLICY, Id: 'new' }, Description: 'd', PermissionsBoundary: 'arn:b' },
  ],
  'AWS::KMS::Alias': [
    { AliasName: 'alias/x', TargetKeyId: 'k' },
    { AliasName: 'alias/x', TargetKeyId: 'l' },
  ],
  'AWS::KMS::Key': [
    { KeyPolicy: POLICY, EnableKeyRotation: 'true', Tags: TAGS },
    { KeyPolicy: { ...POLICY, Id: 'new' }, Description: 'd', Enabled: false, PendingWindowInDays: 7 },
  ],
  'AWS::Lambda::EventInvokeConfig': [
    { FunctionName: 'f', Qualifier: '$LATEST', MaximumRetryAttempts: '1' },
    { FunctionName: 'f', Qualifier: '$LATEST', DestinationConfig: { OnFailure: { Destination: 'arn:q' } } },
  ],
  'AWS::Lambda::Function': [
    {
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::1:role/r',
      Code: { S3Bucket: 'b', S3Key: 'k' },
      Timeout: '30',
      MemorySize: 256,
      Environment: { Variables: { A: 1 } },
      ReservedConcurrentExecutions: 1,
      LoggingConfig: { LogGroup: 'g', LogFormat: 'JSON' },
      TracingConfig: { Mode: 'Active' },
      DeadLetterConfig: { TargetArn: 'arn:q' },
      VpcConfig: { SubnetIds: ['s'], SecurityGroupIds: ['g'] },
      KmsKeyArn: 'arn:k',
      Tags: TAGS,
      Architectures: ['arm64'],
    },
    {
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::1:role/r',
      Code: { ZipFile: 'exports.handler = 1' },
    },
  ],
  'AWS::Lambda::Permission': [
    { Action: 'lambda:InvokeFunction', FunctionName: 'f', Principal: 'events.amazonaws.com', SourceArn: 'arn:x' },
    {},
  ],
  'AWS::Lambda::Url': [
    { AuthType: 'NONE', TargetFunctionArn: 'arn:f' },
    { AuthType: 'NONE', TargetFunctionArn: 'arn:f', InvokeMode: 'BUFFERED' },
  ],
  'AWS::Logs::LogGroup': [{ RetentionInDays: '30', KmsKeyId: 'arn:k', Tags: TAGS }, { RetentionInDays: 7 }],
  'AWS::S3::Bucket': [
    {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: 'true', ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'k' } },
        ],
      },
      LifecycleConfiguration: {
        Rules: [
          {
            Id: 'x',
            Status: 'Enabled',
            ExpirationInDays: '30',
            NoncurrentVersionExpiration: { NoncurrentDays: 7 },
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
          },
        ],
      },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: 'true',
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
      Tags: TAGS,
    },
    {},
  ],
  'AWS::S3::BucketPolicy': [
    { Bucket: 'b', PolicyDocument: POLICY },
    { Bucket: 'b', PolicyDocument: { ...POLICY, Id: 'new' } },
  ],
  'AWS::SQS::Queue': [
    {
      MessageRetentionPeriod: '1209600',
      SqsManagedSseEnabled: true,
      RedrivePolicy: { deadLetterTargetArn: 'arn:q', maxReceiveCount: 3 },
      Tags: TAGS,
    },
    { VisibilityTimeout: 60 },
  ],
  'AWS::SQS::QueuePolicy': [
    { PolicyDocument: POLICY, Queues: ['http://q'] },
    { PolicyDocument: POLICY, Queues: ['http://r'] },
  ],
  'AWS::SSM::Parameter': [
    { Name: '/a', Type: 'String', Value: '1', Description: 'd', Tier: 'Standard', Tags: { a: 'b' } },
    { Name: '/a', Type: 'String', Value: 'b' },
  ],
  'AWS::SecretsManager::ResourcePolicy': [
    { SecretId: 's', ResourcePolicy: POLICY, BlockPublicPolicy: 'true' },
    { SecretId: 's', ResourcePolicy: POLICY },
  ],
  'AWS::SecretsManager::Secret': [
    {
      GenerateSecretString: {
        PasswordLength: '32',
        ExcludePunctuation: 'true',
        SecretStringTemplate: '{"a":1}',
        GenerateStringKey: 'b',
      },
      Tags: TAGS,
    },
    { SecretString: 's', Description: 'd' },
  ],
};

/** The little that handlers read from answers; their shapes are the services' own business. */
const ANSWER = {
  id: 'i',
  rootResourceId: 'r',
  ApiId: 'a',
  ApiEndpoint: 'http://a',
  ApiMappingId: 'm',
  IntegrationId: 'i',
  RouteId: 'r',
  DomainName: 'x.example',
  DomainNameConfigurations: [{ ApiGatewayDomainName: 'd-1.invalid', HostedZoneId: 'Z' }],
  Role: { Arn: 'arn:r', RoleId: 'AROA' },
  Policy: { Arn: 'arn:p' },
  Versions: [{ VersionId: 'v1', IsDefaultVersion: false }],

  PolicyNames: ['p'],
  AttachedPolicies: [{ PolicyArn: 'arn:p' }],
  FunctionArn: 'arn:f',
  FunctionUrl: 'http://f/',
  State: 'Active',
  QueueUrl: 'http://q',

  ConnectionArn: 'arn:c',
  Connection: { ConnectionArn: 'arn:c', ConnectionStatus: 'PENDING', OwnerAccountId: '1' },
  EventBusArn: 'arn:b',
  ArchiveArn: 'arn:a',
  RuleArn: 'arn:r',
  Targets: [{ Id: 't' }],
  pipeline: { version: 1 },
  webhook: { url: 'http://w' },
  KeyMetadata: { KeyId: 'k', Arn: 'arn:k' },
  ARN: 'arn:s',
  RandomPassword: 'x',
};

/** A context whose every call is checked against the SDK's schema of that operation. */
function checkingContext(problems: string[]): ResourceContext {
  const call = async (service: ServiceName, operation: string, input: object): Promise<unknown> => {
    const api = findServiceApi(service);
    const model = api === undefined ? undefined : (await loadServiceModel(api)).operations.get(operation);
    if (model === undefined) problems.push(`${service}:${operation} does not exist`);
    else conform(model.input, defined(input), `${service}:${operation}`, problems);
    return ANSWER;
  };
  const context = {
    region: 'eu-west-1',
    accountId: '123456789012',
    partition: 'aws',
    stackId: 'arn:stack',
    stackName: 'demo',
    logicalId: 'Thing',
  };
  return {
    ...context,
    stackTags: [{ Key: 'stack', Value: 'demo' }],
    created: () => {},
    physicalName: () => 'demo-Thing-1',
    call,
  } as Partial<ResourceContext> as ResourceContext;
}

describe('resource types', () => {
  const types = [...RESOURCE_TYPES.values()].filter(({ type }) => !type.startsWith('AWS::EC2::'));

  it('all have an example', () => {
    expect(types.map(({ type }) => type).filter((type) => EXAMPLES[type] === undefined)).toEqual([]);
  });

  it.each(types.map((type) => [type.type, type] as const))("%s calls with the API's shapes", async (name, type) => {
    const problems: string[] = [];
    const context = checkingContext(problems);
    const [before = {}, after = {}] = EXAMPLES[name] ?? [];

    const { physicalId, attributes = {} } = await type.create(context, before);
    const existing = { physicalId, attributes, properties: before };
    if (type.canUpdate) await type.update?.(context, existing, after);
    await type.delete(context, existing);

    expect(problems).toEqual([]);
    expect(Object.keys(attributes).filter((attribute) => !type.attributes.includes(attribute))).toEqual([]);
  });
});
