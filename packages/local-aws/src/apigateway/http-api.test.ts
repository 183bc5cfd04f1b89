import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateRouteCommand,
  CreateStageCommand,
  GetApisCommand,
  GetRoutesCommand,
} from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DoorAccount, type DoorEvent, ECHO_RESOURCES } from '../front-door/test/door-account.ts';
import { sendRaw } from '../front-door/test/send-raw.ts';

const TEMPLATE = `
Resources:${ECHO_RESOURCES}
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: hooks, ProtocolType: HTTP}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Echo.Arn
      PayloadFormatVersion: '2.0'
      TimeoutInMillis: 3000
  Hook:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: 'POST /webhooks/{connection}', Target: !Sub 'integrations/\${Integration}'}
  Rest:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: 'ANY /rest/{proxy+}', Target: !Sub 'integrations/\${Integration}'}
  Forbidden:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: 'GET /forbidden', Target: !Sub 'integrations/\${Integration}'}
  Limited:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: 'GET /limited', Target: !Sub 'integrations/\${Integration}'}
  Log:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: access}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    DependsOn: Limited
    Properties:
      ApiId: !Ref Api
      StageName: $default
      AutoDeploy: true
      RouteSettings: {'GET /limited': {ThrottlingBurstLimit: 2, ThrottlingRateLimit: 1}}
      AccessLogSettings:
        DestinationArn: !GetAtt Log.Arn
        Format: '{"id":"$context.requestId","route":"$context.routeKey","status":"$context.status","why":"$context.error.message","user":"$context.identity.user"}'
  Named:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: dev, AutoDeploy: true, StageVariables: {colour: red}}
  Hooks:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Echo
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub 'arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/*/*/webhooks/*'
  Rests:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Echo
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub 'arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/*/*/rest/{proxy+}'
  LimitedAllowed:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Echo
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub 'arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/*/GET/limited'
  Domain:
    Type: AWS::ApiGatewayV2::DomainName
    Properties:
      DomainName: hooks.example.com
      DomainNameConfigurations:
        - {CertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/x', EndpointType: REGIONAL}
  Mapping:
    Type: AWS::ApiGatewayV2::ApiMapping
    DependsOn: Stage
    Properties: {ApiId: !Ref Api, DomainName: !Ref Domain, Stage: $default, ApiMappingKey: git}
Outputs:
  Endpoint: {Value: !GetAtt Api.ApiEndpoint}
  ApiId: {Value: !Ref Api}
  Target: {Value: !GetAtt Domain.RegionalDomainName}
`;

let account: DoorAccount;
let outputs: Record<string, string>;
let now = Date.parse('2026-03-04T19:15:17.135Z');

beforeAll(async () => {
  account = await DoorAccount.start({ now: () => now, frontDoor: { bodyTimeoutMs: 400 } });
  outputs = await account.deploy('hooks', TEMPLATE);
}, 60_000);

afterAll(() => account.close());

async function send(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${outputs.Endpoint}${path}`, init);
}

async function eventOf(response: Response): Promise<DoorEvent> {
  expect(response.status).toBe(200);
  return (await response.json()) as DoorEvent;
}

function post(body: string | Uint8Array<ArrayBuffer>, contentType?: string): RequestInit {
  return { method: 'POST', body, ...(contentType !== undefined && { headers: { 'content-type': contentType } }) };
}

describe('an HTTP API', { timeout: 30_000 }, () => {
  it('hands over the event of payload 2.0', async () => {
    const response = await send('/webhooks/my%20git?a=1&a=2&b=%20x', {
      method: 'POST',
      body: '{"ref":"ü"}',
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'X-Two': 'A',
        cookie: 'a=1; b=2',
        'user-agent': 'git',
      },
    });

    const { headers, requestContext, ...event } = await eventOf(response);
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'POST /webhooks/{connection}',
      rawPath: '/webhooks/my git',
      rawQueryString: 'a=1&a=2&b=%20x',
      cookies: ['a=1', 'b=2'],
      queryStringParameters: { a: '1,2', b: ' x' },
      pathParameters: { connection: 'my git' },
      body: '{"ref":"ü"}',
      isBase64Encoded: false,
    });
    expect(requestContext).toEqual({
      accountId: '123456789012',
      apiId: outputs.ApiId,
      domainName: `${outputs.ApiId}.execute-api.us-east-1.amazonaws.com`,
      domainPrefix: outputs.ApiId,
      http: { method: 'POST', path: '/webhooks/my git', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'git' },
      requestId: response.headers.get('apigw-requestid'),
      routeKey: 'POST /webhooks/{connection}',
      stage: '$default',
      time: '04/Mar/2026:19:15:17 +0000',
      timeEpoch: now,
    });
    expect(headers).toMatchObject({ 'x-two': 'A', 'x-forwarded-proto': 'https', 'content-length': '12' });
    expect(headers).not.toHaveProperty('cookie');
  });

  it.each([
    ['application/json', false],
    ['text/plain', false],
    ['application/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
  ])('hands %s over, base64: %s', async (contentType, isBase64Encoded) => {
    const event = await eventOf(await send('/webhooks/x', post('a=1', contentType)));

    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(event.body).toBe(isBase64Encoded ? 'YT0x' : 'a=1');
  });

  it('keeps bytes where it encodes, and damages what is not UTF-8 where it does not, as AWS', async () => {
    const bytes = Uint8Array.from([0x61, 0xff, 0x62]);

    const binary = await eventOf(await send('/webhooks/x', post(bytes, 'application/octet-stream')));
    const text = await eventOf(await send('/webhooks/x', post(bytes, 'application/json')));

    expect(Buffer.from(binary.body ?? '', 'base64')).toEqual(Buffer.from(bytes));
    expect(text.body).toBe('a\ufffdb');
  });

  it('joins headers that are sent twice', async () => {
    const { port } = new URL(account.aws.endpointUrl);
    const path = new URL(outputs.Endpoint ?? '').pathname;
    const answer = await sendRaw(
      Number(port),
      `POST ${path}/webhooks/x HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );

    const event = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as DoorEvent;
    expect(event.headers['x-a']).toBe('1,2');
    expect(event).not.toHaveProperty('body');
  });

  it('puts a named stage before the path, and its variables in the event', async () => {
    const event = await eventOf(await send('/dev/rest/a/b'));

    expect(event).toMatchObject({
      routeKey: 'ANY /rest/{proxy+}',
      rawPath: '/dev/rest/a/b',
      pathParameters: { proxy: 'a/b' },
      stageVariables: { colour: 'red' },
      requestContext: { stage: 'dev', http: { path: '/dev/rest/a/b' } },
    });
  });

  it('answers 404 where no route fits', async () => {
    for (const [path, method] of [
      ['/webhooks/x', 'GET'],
      ['/webhooks/x/y', 'POST'],
      ['/webhooks/', 'POST'],
      ['/', 'GET'],
    ] as const) {
      const response = await send(path, { method });
      expect([response.status, await response.text()]).toEqual([404, '{"message":"Not Found"}']);
    }
    expect((await fetch(`${account.aws.endpointUrl}/execute-api/none/x`)).status).toBe(404);
  });

  it('answers 500 where the function does not let this route in, with the reason in the call log', async () => {
    const response = await send('/forbidden');

    expect([response.status, await response.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect(account.calls()).toContainEqual(
      expect.objectContaining({
        action: 'Invoke',
        caller: 'apigateway.amazonaws.com',
        outcome: 'AccessDeniedException',
      }),
    );
  });

  it('throttles a route by its own settings', async () => {
    const statuses = async (count: number) => {
      const all = await Promise.all(Array.from({ length: count }, () => send('/limited')));
      return all.map(({ status }) => status).sort((a, b) => a - b);
    };

    expect(await statuses(4)).toEqual([200, 200, 429, 429]);
    now += 1000;
    expect(await statuses(2)).toEqual([200, 429]);
  });

  it('sends on what the function returns', async () => {
    const ask = (reply: unknown) =>
      send(`/webhooks/x?reply=${encodeURIComponent(JSON.stringify(reply))}`, { method: 'POST' });

    const full = await ask({
      statusCode: 202,
      headers: { 'X-A': 1 },
      cookies: ['a=1', 'b=2'],
      body: 'aGk=',
      isBase64Encoded: true,
    });
    const [bare, text, wrong] = [await ask({ some: 'object' }), await ask('hello'), await ask({ statusCode: 'x' })];

    expect([full.status, full.headers.get('x-a'), full.headers.getSetCookie(), await full.text()]).toEqual([
      202,
      '1',
      ['a=1', 'b=2'],
      'hi',
    ]);
    expect(full.headers.get('content-type')).toBe('text/plain;charset=UTF-8');
    expect([bare.status, bare.headers.get('content-type'), await bare.text()]).toEqual([
      200,
      'application/json',
      '{"some":"object"}',
    ]);
    expect(await text.text()).toBe('hello');
    expect([wrong.status, await wrong.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect((await ask({ statusCode: 200, headers: { 'x-a': 'a\r\nx-b: b' } })).status).toBe(500);
    expect((await ask({ statusCode: 204, body: 'not sent' })).status).toBe(204);
  });

  it('answers 500 for a function that fails and 503 for one that takes too long', async () => {
    expect((await send('/webhooks/x?throw=1', { method: 'POST' })).status).toBe(500);
    const late = await send('/webhooks/x?sleepMs=3500', { method: 'POST' });
    expect([late.status, await late.text()]).toEqual([503, '{"message":"Service Unavailable"}']);
  });

  it('answers 413 over 10 MB, and where the event is larger than Lambda takes', async () => {
    const over10 = await send('/webhooks/x', post('x'.repeat(10 * 1024 * 1024 + 1), 'text/plain'));
    const over6 = await send('/webhooks/x', post(new Uint8Array(5 * 1024 * 1024), 'application/octet-stream'));

    expect([over10.status, await over10.text()]).toEqual([413, '{"message":"Request Entity Too Large"}']);
    expect(over6.status).toBe(413);
  });

  it('cuts off a sender that does not finish', async () => {
    const { port } = new URL(account.aws.endpointUrl);
    const path = new URL(outputs.Endpoint ?? '').pathname;

    const answer = await sendRaw(
      Number(port),
      `POST ${path}/webhooks/x HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nonly this`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('answers a custom domain, without the mapping key in the path', async () => {
    const { port } = new URL(account.aws.endpointUrl);
    const request = (path: string) =>
      sendRaw(
        Number(port),
        `POST ${path} HTTP/1.1\r\nHost: hooks.example.com\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );

    const answer = await request('/git/webhooks/x');

    const event = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as DoorEvent;
    expect(event).toMatchObject({
      rawPath: '/webhooks/x',
      requestContext: { domainName: 'hooks.example.com', domainPrefix: 'hooks' },
    });
    expect(await request('/other/webhooks/x')).toMatch(/^HTTP\/1\.1 404 /);
    expect(outputs.Target).toMatch(/^d-.*\.execute-api\.us-east-1\./);
  });

  it('writes one line per request to the access log of the stage', async () => {
    const ok = await send('/webhooks/logged', { method: 'POST' });
    await send('/no-such-route');

    const expected = {
      id: ok.headers.get('apigw-requestid'),
      route: 'POST /webhooks/{connection}',
      status: '200',
      why: '-',
      user: '-',
    };
    await vi.waitFor(async () => {
      const lines = (await account.logLines('access')).map((line) => JSON.parse(line) as unknown);
      expect(lines).toContainEqual(expected);
      expect(lines).toContainEqual(expect.objectContaining({ route: '-', status: '404', why: 'Not Found' }));
    });
  });
});

describe('the API of API Gateway', () => {
  it('shows what a template made', async () => {
    const client = new ApiGatewayV2Client(account.settings);

    const { Items = [] } = await client.send(new GetApisCommand({}));
    const routes = await client.send(new GetRoutesCommand({ ApiId: outputs.ApiId }));
    const first = await client.send(new GetRoutesCommand({ ApiId: outputs.ApiId, MaxResults: '3' }));
    const last = await client.send(new GetRoutesCommand({ ApiId: outputs.ApiId, NextToken: first.NextToken }));

    expect(Items).toMatchObject([{ Name: 'hooks', ProtocolType: 'HTTP', ApiEndpoint: outputs.Endpoint }]);
    expect([...(first.Items ?? []), ...(last.Items ?? [])]).toEqual(routes.Items);
    expect(first.Items).toHaveLength(3);
    expect(routes.Items?.map(({ RouteKey }) => RouteKey).sort()).toEqual([
      'ANY /rest/{proxy+}',
      'GET /forbidden',
      'GET /limited',
      'POST /webhooks/{connection}',
    ]);
  });

  it('refuses what it does not simulate', async () => {
    const client = new ApiGatewayV2Client(account.settings);
    const { ApiId } = outputs;
    const stage = { ApiId, StageName: 'x', AutoDeploy: true };
    const DestinationArn = 'arn:aws:logs:us-east-1:123456789012:log-group:access';

    await expect(client.send(new CreateApiCommand({ Name: 'w', ProtocolType: 'WEBSOCKET' }))).rejects.toThrow(
      /WEBSOCKET/,
    );
    await expect(
      client.send(
        new CreateApiCommand({ Name: 'c', ProtocolType: 'HTTP', CorsConfiguration: { AllowOrigins: ['*'] } }),
      ),
    ).rejects.toMatchObject({
      name: 'BadRequestException',
      message: expect.stringContaining('CorsConfiguration') as string,
    });
    await expect(
      client.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /x', AuthorizationType: 'JWT' })),
    ).rejects.toThrow(/JWT/);
    await expect(client.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /forbidden' }))).rejects.toMatchObject({
      name: 'ConflictException',
    });
    await expect(client.send(new CreateStageCommand({ ApiId, StageName: 'x' }))).rejects.toThrow(/AutoDeploy/);
    for (const Format of ['$context.requestId $context.nothing', '$context.status']) {
      const AccessLogSettings = { DestinationArn, Format };
      await expect(client.send(new CreateStageCommand({ ...stage, AccessLogSettings }))).rejects.toThrow(/access log/i);
    }
    await expect(client.send(new CreateStageCommand({ ...stage, RouteSettings: { 'GET /none': {} } }))).rejects.toThrow(
      /Unable to find Route by key GET \/none/,
    );
  });
});
