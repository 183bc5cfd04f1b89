import { CreateRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestAws, type TestAws } from './test-aws.ts';

let test: TestAws;
let iam: IAMClient;
beforeEach(async () => {
  test = await startTestAws();
  iam = new IAMClient(test.client);
});
afterEach(() => test.end());

const roleArn = 'arn:aws:iam::123456789012:role/worker';
const queueArn = 'arn:aws:sqs:us-east-1:123456789012:q';

async function createRole(principal: object, condition?: object): Promise<void> {
  const trust = {
    Effect: 'Allow',
    Principal: principal,
    Action: 'sts:AssumeRole',
    ...(condition && { Condition: condition }),
  };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument }));
}

async function allow(statement: object): Promise<void> {
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'worker', PolicyName: 'p', PolicyDocument }));
}

describe('assumeRole', () => {
  it('lets in whom the trust policy names, and nobody else', async () => {
    await createRole({ Service: 'lambda.amazonaws.com' });
    const { identities } = test.aws.cloud;

    const { principal } = await identities.assumeRole(roleArn, 'job 1', 'lambda.amazonaws.com');
    expect(principal).toMatchObject({
      kind: 'role',
      roleArn,
      arn: 'arn:aws:sts::123456789012:assumed-role/worker/job-1',
    });
    await expect(identities.assumeRole(roleArn, 's', 'codebuild.amazonaws.com')).rejects.toMatchObject({
      code: 'AccessDenied',
    });
    await expect(identities.assumeRole(`${roleArn}x`, 's', 'lambda.amazonaws.com')).rejects.toThrow(/no such role/);
  });

  it('asks the trust policy about source ARN and account', async () => {
    const condition = {
      ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:*:rule/r' },
      StringEquals: { 'aws:SourceAccount': '123456789012' },
    };
    await createRole({ Service: 'events.amazonaws.com' }, condition);
    const assume = (source?: string) =>
      test.aws.cloud.identities.assumeRole(roleArn, 's', 'events.amazonaws.com', source);

    await expect(assume('arn:aws:events:us-east-1:123456789012:rule/r')).resolves.toBeDefined();
    await expect(assume('arn:aws:events:us-east-1:123456789012:rule/other')).rejects.toMatchObject({
      code: 'AccessDenied',
    });
    await expect(assume()).rejects.toMatchObject({ code: 'AccessDenied' });
  });

  it('gives credentials that work over HTTP, by STS as well', async () => {
    await createRole({ AWS: '123456789012' });
    const sts = new STSClient(test.client);
    const request = { RoleArn: roleArn, RoleSessionName: 'me', DurationSeconds: 900 };

    const { Credentials } = await sts.send(new AssumeRoleCommand(request));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    const own = new STSClient({ ...test.client, credentials });

    await expect(own.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
      Arn: 'arn:aws:sts::123456789012:assumed-role/worker/me',
    });
    await expect(own.send(new AssumeRoleCommand(request))).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('permissions', () => {
  const attributes = async () => {
    const { credentials } = await test.aws.cloud.identities.assumeRole(roleArn, 's', 'lambda.amazonaws.com');
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const sqs = new SQSClient({ ...test.client, credentials: { accessKeyId, secretAccessKey, sessionToken } });
    const QueueUrl = `${test.aws.endpointUrl}/123456789012/q`;
    return sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  };
  beforeEach(async () => {
    await createRole({ Service: 'lambda.amazonaws.com' });
    await test.aws.cloud.call(test.aws.cloud.identities.root, 'sqs', 'CreateQueue', { QueueName: 'q' });
  });

  it('follow the role as it is at each call', async () => {
    await expect(attributes()).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(queueArn),
    });
    await allow({ Action: 'sqs:GetQueueAttributes', Resource: queueArn });
    await expect(attributes()).resolves.toMatchObject({ Attributes: { QueueArn: queueArn } });
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'p' }));
    await expect(attributes()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('come of the resource policy too, and a deny there stops even the account', async () => {
    const { cloud } = test.aws;
    const setPolicy = (statement: object) => {
      const Policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: { Action: 'sqs:GetQueueAttributes', Resource: '*', ...statement },
      });
      return cloud.call(cloud.identities.root, 'sqs', 'SetQueueAttributes', { QueueUrl: 'q', Attributes: { Policy } });
    };
    await setPolicy({ Effect: 'Allow', Principal: { AWS: roleArn } });
    await expect(attributes()).resolves.toBeDefined();
    await setPolicy({ Effect: 'Deny', Principal: '*' });
    await expect(
      cloud.call(cloud.identities.root, 'sqs', 'GetQueueAttributes', { QueueUrl: 'q' }),
    ).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining('explicit deny'),
    });
  });

  it('let a service send only where the queue lets it, for that source', async () => {
    const { cloud } = test.aws;
    const rule = 'arn:aws:events:us-east-1:123456789012:rule/r';
    const send = (sourceArn?: string) =>
      cloud.call(cloud.identities.service('events.amazonaws.com', sourceArn), 'sqs', 'SendMessage', {
        QueueUrl: 'q',
        MessageBody: 'x',
      });
    const Statement = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': rule } },
    };

    await expect(send(rule)).rejects.toMatchObject({ code: 'AccessDeniedException' });
    await cloud.call(cloud.identities.root, 'sqs', 'SetQueueAttributes', {
      QueueUrl: 'q',
      Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) },
    });
    await expect(send(rule)).resolves.toBeDefined();
    await expect(send()).rejects.toMatchObject({ code: 'AccessDeniedException' });
  });

  it('of issued credentials are their policy and nothing else, different each time', async () => {
    const { cloud } = test.aws;
    const policy = { Statement: [{ Effect: 'Allow', Action: 'sqs:GetQueueUrl', Resource: queueArn }] } as const;
    const first = cloud.identities.issue('job-1', policy, 60_000);
    const second = cloud.identities.issue('job-1', policy, 60_000);

    expect(first.credentials.accessKeyId).not.toBe(second.credentials.accessKeyId);
    await expect(cloud.call(first.principal, 'sqs', 'GetQueueUrl', { QueueName: 'q' })).resolves.toBeDefined();
    await expect(cloud.call(first.principal, 'sqs', 'PurgeQueue', { QueueUrl: 'q' })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    });
  });
});
