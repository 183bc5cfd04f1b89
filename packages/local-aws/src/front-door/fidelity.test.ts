import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DoorAccount, type DoorEvent, ECHO_RESOURCES } from './test/door-account.ts';
import { sendRaw } from './test/send-raw.ts';

const TEMPLATE = `
Resources:${ECHO_RESOURCES}
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: all, ProtocolType: HTTP}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Echo.Arn, PayloadFormatVersion: '2.0'}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: $default, Target: !Sub 'integrations/\${Integration}'}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}
  ApiPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Echo
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub 'arn:aws:execute-api:us-east-1:123456789012:\${Api}/*/$default'
  Url:
    Type: AWS::Lambda::Url
    Properties: {AuthType: NONE, TargetFunctionArn: !GetAtt Echo.Arn}
  UrlPermission:
    Type: AWS::Lambda::Permission
    Properties: {Action: 'lambda:InvokeFunctionUrl', FunctionName: !Ref Echo, Principal: '*', FunctionUrlAuthType: NONE}
  InvokePermission:
    Type: AWS::Lambda::Permission
    Properties: {Action: 'lambda:InvokeFunction', FunctionName: !Ref Echo, Principal: '*', InvokedViaFunctionUrl: true}
Outputs:
  Api: {Value: !Sub '\${Api.ApiEndpoint}/'}
  Url: {Value: !GetAtt Url.FunctionUrl}
`;

let account: DoorAccount;
let outputs: Record<string, string>;

beforeAll(async () => {
  account = await DoorAccount.start();
  outputs = await account.deploy('doors', TEMPLATE);
}, 60_000);

afterAll(() => account.close());

describe.each(['Api', 'Url'])('the front door %s', (door) => {
  it('hands over any bytes, query and header values', { timeout: 60_000 }, async () => {
    const value = fc.string({ unit: fc.constantFrom(...'abcXYZ 019-_.~!*()\'";:@&=+$,/?%#[]{}|\\^`<>'.split('')) });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), value, value, async (bytes, query, header) => {
        const url = `${outputs[door]}some/path?q=${encodeURIComponent(query)}`;
        const headers = { 'content-type': 'application/octet-stream', 'x-value': header };

        const response = await fetch(url, { method: 'POST', body: Buffer.from(bytes), headers });

        const event = (await response.json()) as DoorEvent;
        expect(Buffer.from(event.body ?? '', 'base64')).toEqual(Buffer.from(bytes));
        expect(event.queryStringParameters).toEqual({ q: query });
        expect(event.headers['x-value']).toBe(header.trim());
      }),
      { numRuns: 60 },
    );
  });

  it('answers every request that is HTTP at all, and goes on', { timeout: 60_000 }, async () => {
    const url = new URL(outputs[door] ?? '');
    const line = fc.string({ unit: fc.constantFrom(...'ab/%{}$.?&=#~-_+'.split('')) });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('GET', 'POST', 'TRACE', 'DELETE'), line, async (method, path) => {
        const request = `${method} ${url.pathname}${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;

        expect(await sendRaw(Number(url.port), request)).toMatch(/^HTTP\/1\.1 \d{3} /);
      }),
      { numRuns: 60 },
    );
    expect((await fetch(outputs[door] ?? '')).status).toBe(200);
  });
});
