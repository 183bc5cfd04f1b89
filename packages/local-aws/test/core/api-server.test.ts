import { readFileSync } from 'node:fs';
import { Sha256 } from '@aws-crypto/sha256-js';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { CodePipelineClient, PollForJobsCommand } from '@aws-sdk/client-codepipeline';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetAccessKeyInfoCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAws, type TestAws } from './test-aws.ts';

let test: TestAws;
beforeAll(async () => {
  test = await startTestAws();
});
afterAll(() => test.end());

/** Sends a request signed as the account, whatever its body, and answers status and text. */
async function send(service: string, headers: Record<string, string>, body: string, path = '/', method = 'POST') {
  const { hostname, port } = new URL(test.aws.endpointUrl);
  const signer = new SignatureV4({ service, region: 'us-east-1', credentials: test.aws.credentials, sha256: Sha256 });
  const host = `${hostname}:${port}`;
  const signed = await signer.sign({ method, protocol: 'http:', hostname, path, headers: { host, ...headers }, body });
  const response = await fetch(`${test.aws.endpointUrl}${path}`, {
    method,
    headers: signed.headers,
    ...(body !== '' && { body }),
  });
  return { status: response.status, text: await response.text() };
}

const json = (target: string) => ({ 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' });

describe('startLocalAws', () => {
  it('tells who calls', async () => {
    const sts = new STSClient(test.client);

    await expect(sts.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:root',
    });
  });

  it('gives each protocol its own form of error, by the name the SDK knows', async () => {
    const failures = [
      [
        new CodePipelineClient(test.client).send(
          new PollForJobsCommand({
            actionTypeId: { category: 'Source', owner: 'Custom', provider: 'None', version: '1' },
          }),
        ),
        'ActionTypeNotFoundException',
      ],
      [new IAMClient(test.client).send(new GetRoleCommand({ RoleName: 'none' })), 'NoSuchEntityException'],
      [
        new SecretsManagerClient(test.client).send(new GetSecretValueCommand({ SecretId: 'none' })),
        'ResourceNotFoundException',
      ],
      [new KMSClient(test.client).send(new DescribeKeyCommand({ KeyId: 'alias/none' })), 'NotFoundException'],
      [new SQSClient(test.client).send(new GetQueueUrlCommand({ QueueName: 'none' })), 'QueueDoesNotExist'],
      [new CloudFormationClient(test.client).send(new DescribeStacksCommand({ StackName: 'none' })), 'ValidationError'],
    ] as const;

    for (const [failure, name] of failures) await expect(failure).rejects.toMatchObject({ name });
  });

  it('names service, operation and README for what it does not simulate', async () => {
    const call = new STSClient(test.client).send(new GetAccessKeyInfoCommand({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }));

    await expect(call).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringMatching(/sts:GetAccessKeyInfo.*README/),
    });
    expect((await send('dynamodb', json('DynamoDB_20120810.ListTables'), '{}')).text).toContain('dynamodb');
  });

  it('speaks CBOR and the query protocol where clients of CloudWatch do', async () => {
    const cloudWatch = new CloudWatchClient({ ...test.client, protocol: SmithyRpcV2CborProtocol });
    const alarm = {
      AlarmName: 'a',
      MetricName: 'm',
      Namespace: 'n',
      Period: 60,
      Statistic: 'Sum',
      Threshold: 1.5,
    } as const;

    await cloudWatch.send(
      new PutMetricAlarmCommand({ ...alarm, EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold' }),
    );
    const { MetricAlarms } = await cloudWatch.send(new DescribeAlarmsCommand({}));
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const xml = await send('monitoring', form, 'Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=a');

    expect(MetricAlarms?.[0]).toMatchObject({ ...alarm, StateUpdatedTimestamp: expect.any(Date) });
    expect(xml.text).toContain('<AlarmName>a</AlarmName>');
  });

  it('writes one line per call, without bodies', async () => {
    await send('codepipeline', json('CodePipeline_20150709.GetPipeline'), '{"name":"absent-pipeline"}');

    const lines = readFileSync(test.aws.callLog, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.at(-1)).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      service: 'codepipeline',
      action: 'GetPipeline',
      caller: 'root',
      resource: expect.any(String),
      outcome: 'PipelineNotFoundException',
      durationMs: expect.any(Number),
      requestId: expect.any(String),
    });
  });
});

describe('request shapes', () => {
  const poll = (body: object) => send('codepipeline', json('CodePipeline_20150709.PollForJobs'), JSON.stringify(body));

  it('names every problem at once: missing, unknown and wrongly typed members', async () => {
    const { status, text } = await poll({
      actionTypeId: { owner: 'Custom', category: 5, colour: 'red' },
      maxBatchSize: 'one',
    });

    expect(status).toBe(400);
    const { __type, message } = JSON.parse(text) as { __type: string; message: string };
    expect(__type).toBe('ValidationException');
    expect(message).toContain('actionTypeId.provider is required');
    expect(message).toContain('actionTypeId.version is required');
    expect(message).toContain('actionTypeId.category must be a string, not a number');
    expect(message).toContain('actionTypeId.colour is not a member of ActionTypeId');
    expect(message).toContain('maxBatchSize must be a number, not a string');
  });

  it('refuses a body that is not JSON, and one that is no object', async () => {
    for (const body of ['{', '[]', '"x"']) {
      const { text } = await send('codepipeline', json('CodePipeline_20150709.PollForJobs'), body);
      expect(JSON.parse(text)).toMatchObject({ __type: 'SerializationException' });
    }
  });

  it('refuses an unknown query parameter by name', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const { text } = await send('iam', form, 'Action=GetRole&RoleName=x&Colour=red');

    expect(text).toContain('<Code>ValidationError</Code>');
    expect(text).toContain('Colour is not a member of GetRoleRequest');
  });
});
