import {
  APIGatewayClient,
  GetRestApiCommand,
  GetStageCommand as GetRestStageCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  GetApiCommand,
  GetApisCommand,
  GetDomainNamesCommand,
  GetIntegrationsCommand,
  GetStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { DescribeArchiveCommand, EventBridgeClient, ListArchivesCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DoorAccount, ECHO_RESOURCES } from '../../front-door/test/door-account.ts';

/** Every front door of a webhook receiver, and its bus; `v` changes what can be changed in place. */
function template(v: 1 | 2): string {
  const only = (version: number, text: string) => (v === version ? text : '');
  return `
Resources:${ECHO_RESOURCES}
  Bus:
    Type: AWS::Events::EventBus
    Properties: {Name: bus}
  Archive:
    Type: AWS::Events::Archive
    Properties: {SourceArn: !GetAtt Bus.Arn, RetentionDays: ${v}, EventPattern: {source: [v${v}]}}
  Log:
    Type: AWS::Logs::LogGroup
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: api-${v}, ProtocolType: HTTP, Tags: {v: '${v}'${only(1, ", old: 'x'")}}}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Echo.Arn
      PayloadFormatVersion: '2.0'
      ${only(1, 'TimeoutInMillis: 5000')}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: 'POST /v${v}/{name}', Target: !Sub 'integrations/\${Integration}'}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      ApiId: !Ref Api
      StageName: $default
      AutoDeploy: true
      ${only(1, "AccessLogSettings: {DestinationArn: !GetAtt Log.Arn, Format: '$context.requestId'}")}
      ${only(1, 'DefaultRouteSettings: {ThrottlingBurstLimit: 5, ThrottlingRateLimit: 2}')}
  Domain:
    Type: AWS::ApiGatewayV2::DomainName
    Properties:
      DomainName: x.example.com
      DomainNameConfigurations: [{CertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/${v}'}]
  Mapping:
    Type: AWS::ApiGatewayV2::ApiMapping
    Properties: {ApiId: !Ref Api, DomainName: !Ref Domain, Stage: !Ref Stage, ApiMappingKey: v${v}}
  Url:
    Type: AWS::Lambda::Url
    Properties: {AuthType: NONE, TargetFunctionArn: !GetAtt Echo.Arn}
  UrlPermission:
    Type: AWS::Lambda::Permission
    Properties: {Action: 'lambda:InvokeFunctionUrl', FunctionName: !Ref Echo, Principal: '*', FunctionUrlAuthType: NONE}
  InvokePermission:
    Type: AWS::Lambda::Permission
    Properties: {Action: 'lambda:InvokeFunction', FunctionName: !Ref Echo, Principal: '*', InvokedViaFunctionUrl: true}
  ApiPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Echo
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub 'arn:aws:execute-api:us-east-1:123456789012:\${Api}/*'
  RestApi:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: rest-${v}
      EndpointConfiguration: {Types: [PRIVATE], VpcEndpointIds: [vpce-${v}]}
      BinaryMediaTypes: [image/${v}]
      Policy: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'}]}
  Resource:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref RestApi, ParentId: !GetAtt RestApi.RootResourceId, PathPart: '{name}'}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref RestApi
      ResourceId: !Ref Resource
      HttpMethod: POST
      AuthorizationType: NONE
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        Uri: !Sub 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\${Echo.Arn}/invocations'
        TimeoutInMillis: ${v}000
  Deployment${v}:
    Type: AWS::ApiGateway::Deployment
    DependsOn: Method
    Properties: {RestApiId: !Ref RestApi}
  RestStage:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref RestApi, DeploymentId: !Ref Deployment${v}, StageName: v1, Variables: {v${v}: x}}
Outputs:
  ApiId: {Value: !Ref Api}
  Endpoint: {Value: !GetAtt Api.ApiEndpoint}
  FunctionUrl: {Value: !GetAtt Url.FunctionUrl}
  Archive: {Value: !Ref Archive}
  RestApiId: {Value: !Ref RestApi}
  Deployment: {Value: !Ref Deployment${v}}
`;
}

let account: DoorAccount;

beforeAll(async () => {
  account = await DoorAccount.start();
});

afterAll(() => account.close());

describe('a stack of front doors', { timeout: 60_000 }, () => {
  it('is made, changed in place, and removed without a trace', async () => {
    const before = await account.deploy('doors', template(1));
    const post = async (path: string) => (await fetch(`${before.Endpoint}${path}`, { method: 'POST' })).status;
    expect([await post('/v1/x'), (await fetch(before.FunctionUrl ?? '')).status]).toEqual([200, 200]);

    const after = await account.update('doors', template(2));

    expect({ ...after, Deployment: before.Deployment }).toEqual(before);
    expect(after.Deployment).not.toBe(before.Deployment);
    expect([await post('/v1/x'), await post('/v2/x')]).toEqual([404, 200]);
    await expectChanged(after);
    await account.remove('doors');
    await expectGone();
    expect(await post('/v2/x')).toBe(404);
  });

  it('is refused for what is not simulated, by its path', async () => {
    const refused = (from: string, to: string) => account.deploy('refused', template(1).replace(from, to));

    await expect(refused('ProtocolType: HTTP', 'ProtocolType: WEBSOCKET')).rejects.toThrow(/ProtocolType/);
    await expect(refused('ProtocolType: HTTP', 'ProtocolType: HTTP, CorsConfiguration: {}')).rejects.toThrow(
      /CorsConfiguration/,
    );
    await expect(refused('AuthType: NONE', 'AuthType: AWS_IAM')).rejects.toThrow(/AuthType/);
    await expect(refused('AuthorizationType: NONE', 'AuthorizationType: AWS_IAM')).rejects.toThrow(/AuthorizationType/);
    await expect(refused('Types: [PRIVATE]', 'Types: [EDGE]')).rejects.toThrow(/Types/);
  });
});

async function expectChanged({ ApiId, RestApiId, Archive, Deployment }: Record<string, string>): Promise<void> {
  const v2 = new ApiGatewayV2Client(account.settings);
  const v1 = new APIGatewayClient(account.settings);
  const api = await v2.send(new GetApiCommand({ ApiId }));
  const stage = await v2.send(new GetStageCommand({ ApiId, StageName: '$default' }));
  const { Items: integrations } = await v2.send(new GetIntegrationsCommand({ ApiId }));
  const { Items: domains } = await v2.send(new GetDomainNamesCommand({}));
  const rest = await v1.send(new GetRestApiCommand({ restApiId: RestApiId }));
  const restStage = await v1.send(new GetRestStageCommand({ restApiId: RestApiId, stageName: 'v1' }));
  const archive = await new EventBridgeClient(account.settings).send(
    new DescribeArchiveCommand({ ArchiveName: Archive }),
  );
  expect(api).toMatchObject({ Name: 'api-2', Tags: { v: '2' } });
  expect(api.Tags).not.toHaveProperty('old');
  expect(stage.AccessLogSettings).toBeUndefined();
  expect(stage.DefaultRouteSettings).toEqual({});
  expect(integrations).toMatchObject([{ TimeoutInMillis: 30_000 }]);
  expect(domains?.[0]?.DomainNameConfigurations?.[0]?.CertificateArn).toMatch(/certificate\/2$/);
  expect(rest).toMatchObject({ name: 'rest-2', binaryMediaTypes: ['image/2'] });
  expect(rest.endpointConfiguration?.vpcEndpointIds).toEqual(['vpce-2']);
  expect(restStage).toMatchObject({ deploymentId: Deployment, variables: { v2: 'x' } });
  expect(restStage.variables).not.toHaveProperty('v1');
  expect(archive).toMatchObject({ RetentionDays: 2, EventPattern: '{"source":["v2"]}' });
}

async function expectGone(): Promise<void> {
  const v2 = new ApiGatewayV2Client(account.settings);
  expect((await v2.send(new GetApisCommand({}))).Items).toEqual([]);
  expect((await v2.send(new GetDomainNamesCommand({}))).Items).toEqual([]);
  const { Archives } = await new EventBridgeClient(account.settings).send(new ListArchivesCommand({}));
  expect(Archives).toEqual([]);
}
