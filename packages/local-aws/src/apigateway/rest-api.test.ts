import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateRestApiCommand,
  DeleteDeploymentCommand,
  GetResourcesCommand,
  GetRestApisCommand,
  PutMethodCommand,
  UpdateRestApiCommand,
} from '@aws-sdk/client-api-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DoorAccount, type DoorEvent, ECHO_RESOURCES } from '../front-door/test/door-account.ts';
import { sendRaw } from '../front-door/test/send-raw.ts';

const TEMPLATE = `
Resources:${ECHO_RESOURCES}
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16}
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      ServiceName: !Sub 'com.amazonaws.\${AWS::Region}.execute-api'
      PrivateDnsEnabled: true
      VpcId: !Ref Vpc
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: private
      EndpointConfiguration: {Types: [PRIVATE], VpcEndpointIds: [!Ref Endpoint]}
      BinaryMediaTypes: [application/octet-stream, image/*]
      Policy:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: '*'
            Action: execute-api:Invoke
            Resource: execute-api:/*/POST/webhooks/*
            Condition: {StringEquals: {'aws:SourceVpce': !Ref Endpoint}}
  Webhooks:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: webhooks}
  Connection:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !Ref Webhooks, PathPart: '{connection}'}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Connection
      HttpMethod: ANY
      AuthorizationType: NONE
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        TimeoutInMillis: 3000
        Uri: !Sub 'arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${Echo.Arn}/invocations'
  Deployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: Method
    Properties: {RestApiId: !Ref Api}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: v1, Variables: {colour: red}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Echo
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub 'arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/*/POST/webhooks/*'
Outputs:
  ApiId: {Value: !Ref Api}
  Endpoint: {Value: !Ref Endpoint}
  DeploymentId: {Value: !Ref Deployment}
  Connection: {Value: !Ref Connection}
`;

let account: DoorAccount;
let client: APIGatewayClient;
let outputs: Record<string, string>;
const NOW = Date.parse('2026-03-04T19:15:17.135Z');

beforeAll(async () => {
  account = await DoorAccount.start({ now: () => NOW });
  outputs = await account.deploy('private', TEMPLATE);
  client = new APIGatewayClient(account.settings);
}, 60_000);

afterAll(() => account.close());

function send(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${account.aws.endpointUrl}/execute-api/${outputs.ApiId}/v1${path}`, { method: 'POST', ...init });
}

function returning(reply: unknown): Promise<Response> {
  return send(`/webhooks/x?reply=${encodeURIComponent(JSON.stringify(reply))}`);
}

describe('a private REST API', { timeout: 30_000 }, () => {
  it('hands over the event of payload 1.0', async () => {
    const { port } = new URL(account.aws.endpointUrl);
    const answer = await sendRaw(
      Number(port),
      [
        `POST /execute-api/${outputs.ApiId}/v1/webhooks/my%20git?a=1&a=2 HTTP/1.1`,
        'Host: h',
        'X-Hub-Signature-256: sha256=x',
        'X-Two: 1',
        'X-Two: 2',
        'User-Agent: git',
        'Content-Type: application/json',
        'Content-Length: 2',
        'Connection: close',
        '',
        '{}',
      ].join('\r\n'),
    );

    const { headers, multiValueHeaders, requestContext, ...event } = JSON.parse(
      answer.slice(answer.indexOf('\r\n\r\n')),
    ) as DoorEvent & { multiValueHeaders: unknown };
    expect(event).toEqual({
      resource: '/webhooks/{connection}',
      path: '/webhooks/my%20git',
      httpMethod: 'POST',
      queryStringParameters: { a: '2' },
      multiValueQueryStringParameters: { a: ['1', '2'] },
      pathParameters: { connection: 'my%20git' },
      stageVariables: { colour: 'red' },
      body: '{}',
      isBase64Encoded: false,
    });
    expect(headers).toMatchObject({
      'X-Hub-Signature-256': 'sha256=x',
      'X-Two': '2',
      'x-amzn-vpce-id': outputs.Endpoint,
    });
    expect(multiValueHeaders).toMatchObject({ 'X-Two': ['1', '2'] });
    expect(requestContext).toMatchObject({
      resourceId: outputs.Connection,
      resourcePath: '/webhooks/{connection}',
      httpMethod: 'POST',
      requestTime: '04/Mar/2026:19:15:17 +0000',
      requestTimeEpoch: NOW,
      path: '/v1/webhooks/my%20git',
      accountId: '123456789012',
      stage: 'v1',
      identity: { sourceIp: '127.0.0.1', userAgent: 'git', vpceId: outputs.Endpoint, userArn: null },
      deploymentId: outputs.DeploymentId,
      apiId: outputs.ApiId,
    });
  });

  it.each([
    ['application/octet-stream', true],
    ['image/png', true],
    ['application/json', false],
  ])('encodes %s as base64: %s', async (contentType, isBase64Encoded) => {
    const response = await send('/webhooks/x', { body: 'a=1', headers: { 'content-type': contentType } });

    expect(await response.json()).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? 'YT0x' : 'a=1' });
  });

  it('takes names that every object has', async () => {
    const response = await send('/webhooks/x?constructor=1&__proto__=2');

    const text = await response.text();
    expect(text).toContain('"queryStringParameters":{"constructor":"1","__proto__":"2"}');
    expect(text).toContain('"multiValueQueryStringParameters":{"constructor":["1"],"__proto__":["2"]}');
  });

  it('is found by the host name that it has on AWS', async () => {
    const { port } = new URL(account.aws.endpointUrl);
    const host = `${outputs.ApiId}.execute-api.us-east-1.amazonaws.com`;

    const answer = await sendRaw(
      Number(port),
      `POST /v1/webhooks/x HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("answers in AWS's words what it does not have, and what its policy does not allow", async () => {
    const [missing, denied] = [await send('/other'), await send('/webhooks/x', { method: 'PUT' })];
    const stage = await fetch(`${account.aws.endpointUrl}/execute-api/${outputs.ApiId}/v2/webhooks/x`);

    expect([missing.status, await missing.text()]).toEqual([403, '{"message":"Missing Authentication Token"}']);
    expect([stage.status, await stage.text()]).toEqual([403, '{"message":"Forbidden"}']);
    expect(denied.status).toBe(403);
    expect(await denied.json()).toEqual({
      Message: `User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:${outputs.ApiId}/v1/PUT/webhooks/x`,
    });
  });

  it('sends on what the function returns, and 502 for what is not of format 1.0', async () => {
    const full = await returning({
      statusCode: 202,
      headers: { 'X-A': 1 },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: 'aGk=',
      isBase64Encoded: true,
    });
    const bare = await returning({ some: 'object' });

    expect([full.status, full.headers.get('x-a'), full.headers.getSetCookie()]).toEqual([202, '1', ['a=1', 'b=2']]);
    // The client does not accept one of the binary media types, so base64 stays text.
    expect(await full.text()).toBe('aGk=');
    expect([bare.status, await bare.text()]).toEqual([502, '{"message":"Internal server error"}']);
  });

  it('answers 502 for a function that fails, 504 for one that takes too long, 413 for too much', async () => {
    const [failed, late] = await Promise.all([send('/webhooks/x?throw=1'), send('/webhooks/x?sleepMs=3500')]);
    const large = await send('/webhooks/x', { body: 'x'.repeat(10 * 1024 * 1024 + 1) });
    const over6 = await send('/webhooks/x', {
      body: new Uint8Array(5 * 1024 * 1024),
      headers: { 'content-type': 'application/octet-stream' },
    });

    expect(failed.status).toBe(502);
    expect([late.status, await late.text()]).toEqual([504, '{"message":"Endpoint request timed out"}']);
    expect([large.status, await large.text()]).toEqual([413, 'HTTP content length exceeded 10485760 bytes.']);
    expect([over6.status, await over6.text()]).toEqual([413, '{"message":"Request Too Long"}']);
  });

  it('goes on as it was deployed when the API changes', async () => {
    const patchOperations = [{ op: 'replace' as const, path: '/policy', value: denyAll() }];
    await client.send(new UpdateRestApiCommand({ restApiId: outputs.ApiId, patchOperations }));

    expect((await send('/webhooks/x')).status).toBe(200);
    await expect(
      client.send(new DeleteDeploymentCommand({ restApiId: outputs.ApiId, deploymentId: outputs.DeploymentId })),
    ).rejects.toThrow(/Active stages/);
  });

  it('is shown by the API, and refuses what is not simulated', async () => {
    const { items = [] } = await client.send(new GetRestApisCommand({}));
    const resources = await client.send(new GetResourcesCommand({ restApiId: outputs.ApiId }));
    const method = { restApiId: outputs.ApiId, resourceId: outputs.Connection, httpMethod: 'GET' };

    expect(items).toMatchObject([{ name: 'private', endpointConfiguration: { types: ['PRIVATE'] } }]);
    expect(resources.items?.map(({ path }) => path)).toEqual(['/', '/webhooks', '/webhooks/{connection}']);
    await expect(client.send(new CreateRestApiCommand({ name: 'edge' }))).rejects.toThrow(/EDGE/);
    await expect(client.send(new PutMethodCommand({ ...method, authorizationType: 'AWS_IAM' }))).rejects.toMatchObject({
      name: 'BadRequestException',
    });
  });

  it('is not deployed without a method or, where private, without a policy', async () => {
    const { id: restApiId } = await client.send(
      new CreateRestApiCommand({ name: 'empty', endpointConfiguration: { types: ['PRIVATE'] } }),
    );

    await expect(client.send(new CreateDeploymentCommand({ restApiId }))).rejects.toThrow(/any methods/);
  });
});

function denyAll(): string {
  const Statement = [{ Effect: 'Deny', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' }];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}
