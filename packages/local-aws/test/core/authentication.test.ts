import { Sha256 } from '@aws-crypto/sha256-js';
import { CodePipelineClient, ListPipelinesCommand } from '@aws-sdk/client-codepipeline';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAws, type TestAws } from './test-aws.ts';

let test: TestAws;
let clockMs = Date.now();
beforeAll(async () => {
  test = await startTestAws({ now: () => clockMs });
});
afterAll(() => test.end());

const policy = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } } as const;

describe('authenticate', () => {
  it('refuses a wrong secret, by the name of each protocol', async () => {
    const credentials = { ...test.client.credentials, secretAccessKey: 'wrong' };
    const client = { ...test.client, credentials };

    await expect(new STSClient(client).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    await expect(new S3Client(client).send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    await expect(new CodePipelineClient(client).send(new ListPipelinesCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });

  it('refuses an unknown key', async () => {
    const client = { ...test.client, credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' } };

    await expect(new STSClient(client).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    await expect(new S3Client(client).send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    });
    await expect(new CodePipelineClient(client).send(new ListPipelinesCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });

  it('verifies a path that holds encoded characters', async () => {
    const lambda = new LambdaClient(test.client);
    const FunctionName = 'arn:aws:lambda:us-east-1:123456789012:function:a';

    const failure = lambda.send(new GetFunctionCommand({ FunctionName }));
    await expect(failure).rejects.not.toMatchObject({ name: 'InvalidSignatureException' });
  });

  it('needs the session token, and the right one', async () => {
    const { credentials } = test.aws.cloud.identities.issue('job', policy, 60_000);
    const call = (sessionToken: string | undefined) => {
      const { accessKeyId, secretAccessKey } = credentials;
      const own = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
      return new STSClient({ ...test.client, credentials: own }).send(new GetCallerIdentityCommand({}));
    };

    await expect(call(credentials.sessionToken)).resolves.toMatchObject({
      Arn: 'arn:aws:sts::123456789012:federated-user/job',
    });
    await expect(call(undefined)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    await expect(call('other')).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });

  it('refuses an expired session', async () => {
    const { credentials } = test.aws.cloud.identities.issue('job', policy, 60_000);
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const client = { ...test.client, credentials: { accessKeyId, secretAccessKey, sessionToken } };
    clockMs += 60_001;

    await expect(new STSClient(client).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'ExpiredToken',
    });
  });

  it('refuses an unsigned request, and one signed at another time', async () => {
    const headers = { 'x-amz-target': 'CodePipeline_20150709.ListPipelines' };
    const unsigned = await fetch(test.aws.endpointUrl, { method: 'POST', headers, body: '{}' });
    const late = new CodePipelineClient({ ...test.client, systemClockOffset: -16 * 60_000 });

    expect(await unsigned.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
    await expect(late.send(new ListPipelinesCommand({}))).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  });

  it('takes a presigned query for its lifetime, and refuses it changed', async () => {
    const { hostname, port } = new URL(test.aws.endpointUrl);
    const signer = new SignatureV4({
      service: 'sts',
      region: 'us-east-1',
      credentials: test.client.credentials,
      sha256: Sha256,
    });
    const request = {
      method: 'GET',
      protocol: 'http:',
      hostname,
      path: '/',
      headers: { host: `${hostname}:${port}` },
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    };
    const url = async (signingDate: Date) => {
      const { query = {} } = await signer.presign(request, { expiresIn: 60, signingDate });
      return `${test.aws.endpointUrl}/?${new URLSearchParams(query as Record<string, string>).toString()}`;
    };

    const fresh = await url(new Date());
    expect((await fetch(fresh)).status).toBe(200);
    expect(await (await fetch(fresh.replace('2011-06-15', '2011-06-16'))).text()).toContain('SignatureDoesNotMatch');
    expect((await fetch(await url(new Date(Date.now() - 61_000)))).status).toBe(403);
  });
});
