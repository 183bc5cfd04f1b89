import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  LambdaClient,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DoorAccount, type DoorEvent, ECHO_RESOURCES } from '../front-door/test/door-account.ts';

const TEMPLATE = `
Resources:${ECHO_RESOURCES}
  Url:
    Type: AWS::Lambda::Url
    Properties: {AuthType: NONE, TargetFunctionArn: !GetAtt Echo.Arn}
  MayCallUrl:
    Type: AWS::Lambda::Permission
    Properties: {Action: 'lambda:InvokeFunctionUrl', FunctionName: !Ref Echo, Principal: '*', FunctionUrlAuthType: NONE}
Outputs:
  Url: {Value: !GetAtt Url.FunctionUrl}
  Name: {Value: !Ref Echo}
`;

let account: DoorAccount;
let lambda: LambdaClient;
let url = '';
let FunctionName = '';

beforeAll(async () => {
  account = await DoorAccount.start();
  lambda = new LambdaClient(account.settings);
  const outputs = await account.deploy('url', TEMPLATE);
  url = outputs.Url ?? '';
  FunctionName = outputs.Name ?? '';
}, 60_000);

afterAll(() => account.close());

/** The permission that is needed beside lambda:InvokeFunctionUrl since October 2025. */
function allowInvoke() {
  return lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: 'invoke',
      Action: 'lambda:InvokeFunction',
      Principal: '*',
      InvokedViaFunctionUrl: true,
    }),
  );
}

describe('a function URL', { timeout: 30_000 }, () => {
  it('is forbidden until both permissions are there', async () => {
    const before = await fetch(url);
    await allowInvoke();
    const after = await fetch(url);

    expect([before.status, await before.text()]).toEqual([403, '{"Message":"Forbidden"}']);
    expect(after.status).toBe(200);
    expect(account.calls()).toContainEqual(
      expect.objectContaining({ action: 'Invoke', caller: 'anonymous', outcome: 'AccessDeniedException' }),
    );
  });

  it('does not open the function to calls that do not come through it', async () => {
    const role = `arn:aws:iam::${account.aws.accountId}:role/none`;
    const principal = { kind: 'role', arn: role, roleArn: role, accountId: account.aws.accountId } as const;

    await expect(account.aws.cloud.call(principal, 'lambda', 'Invoke', { FunctionName })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    });
  });

  it('hands over an event of payload 2.0, the path as it was sent', async () => {
    const response = await fetch(`${url}a%20b/c?x=1`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });

    const event = (await response.json()) as DoorEvent;
    const urlId = new URL(url).pathname.split('/')[2] ?? '';
    expect(url.endsWith(`/lambda-url/${urlId}/`)).toBe(true);
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/a%20b/c',
      queryStringParameters: { x: '1' },
      body: '{}',
      isBase64Encoded: false,
      requestContext: {
        accountId: 'anonymous',
        apiId: urlId,
        domainName: `${urlId}.lambda-url.us-east-1.on.aws`,
        stage: '$default',
        requestId: response.headers.get('x-amzn-requestid'),
      },
    });
  });

  it('answers 502 for a function that fails, and 413 over 6 MB', async () => {
    const failed = await fetch(`${url}?throw=1`);
    const large = await fetch(url, { method: 'POST', body: new Uint8Array(6 * 1024 * 1024 + 1) });

    expect([failed.status, await failed.text()]).toEqual([502, 'Internal Server Error']);
    expect(large.status).toBe(413);
  });

  it('answers 502 where the function returns more than 6 MB', async () => {
    const large = JSON.stringify({ repeat: 6 * 1024 * 1024 + 1024 });

    expect((await fetch(`${url}?reply=${encodeURIComponent(large)}`)).status).toBe(502);
  });

  it('answers JSON unless the function says otherwise', async () => {
    const response = await fetch(`${url}?reply=${encodeURIComponent('{"statusCode":201,"body":"x"}')}`);

    expect([response.status, response.headers.get('content-type')]).toEqual([201, 'application/json']);
  });

  it('is closed again when a permission goes', async () => {
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 'invoke' }));

    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(`${account.aws.endpointUrl}/lambda-url/none/`)).status).toBe(404);
  });

  it('refuses what is not simulated', async () => {
    const create = (over: object) =>
      lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', ...over }));

    await expect(create({ AuthType: 'AWS_IAM' })).rejects.toThrow(/AWS_IAM/);
    await expect(create({ Cors: {} })).rejects.toThrow(/Cors/);
    await expect(create({})).rejects.toMatchObject({ name: 'ResourceConflictException' });
  });
});
