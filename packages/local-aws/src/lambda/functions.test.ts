import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  InvokeCommand,
  type LambdaClient,
  ListFunctionsCommand,
  ListTagsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LambdaAccount, payloadOf, zipOf } from './test/lambda-account.ts';

const answering = (text: string) => `export const handler = async () => ${JSON.stringify(text)};`;

let account: LambdaAccount;
let lambda: LambdaClient;

beforeAll(async () => {
  account = await LambdaAccount.start();
  lambda = account.lambda;
});

afterAll(() => account.close());

async function answerOf(FunctionName: string): Promise<unknown> {
  return payloadOf(await lambda.send(new InvokeCommand({ FunctionName })));
}

describe('a function', { timeout: 60_000 }, () => {
  it('is made of a zip in S3, changed, shown and deleted', async () => {
    const { region, credentials, endpointUrl: endpoint } = account.aws;
    const s3 = new S3Client({ region, credentials, endpoint });
    await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
    const put = async (Key: string, text: string) =>
      s3.send(new PutObjectCommand({ Bucket: 'code', Key, Body: await zipOf({ 'index.mjs': answering(text) }) }));
    await put('one.zip', 'one');
    await put('two.zip', 'two');
    const FunctionName = 'changing';

    await account.function(FunctionName, '', { Code: { S3Bucket: 'code', S3Key: 'one.zip' }, Tags: { a: 'b' } });
    expect(await answerOf(FunctionName)).toBe('one');
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, S3Bucket: 'code', S3Key: 'two.zip' }));
    expect(await answerOf(FunctionName)).toBe('two');
    const Environment = { Variables: { LEVEL: 'DEBUG' } };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9, Environment }));

    const shown = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(shown).toMatchObject({
      Tags: { a: 'b' },
      Configuration: { State: 'Active', Timeout: 9, Environment, Runtime: 'nodejs24.x', Architectures: ['x86_64'] },
    });
    const list = await lambda.send(new ListFunctionsCommand({}));
    expect(list.Functions?.map((each) => each.FunctionName)).toContain(FunctionName);
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
    await expect(answerOf(FunctionName)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    s3.destroy();
  });

  it('is refused with a reason', async () => {
    const trusted = await account.role('trusted');
    const untrusted = await account.role('untrusted', [], 'codebuild');
    const good = {
      FunctionName: 'refused',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: trusted,
      Code: { ZipFile: await zipOf({ 'index.mjs': '' }) },
    } as const;
    const refusals: readonly [object, RegExp][] = [
      [{ Runtime: 'nodejs18.x' }, /nodejs22\.x and nodejs24\.x/],
      [{ Role: untrusted }, /cannot be assumed by Lambda/],
      [{ Role: `${trusted}-missing` }, /cannot be assumed by Lambda/],
      [{ MemorySize: 129_000 }, /MemorySize/],
      [{ EphemeralStorage: { Size: 511 } }, /EphemeralStorage/],
      [{ Architectures: ['arm64', 'x86_64'] }, /Architectures/],
      [{ Timeout: 901 }, /Timeout/],
      [{ Environment: { Variables: { AWS_REGION: 'x' } } }, /reserved/],
      [{ Environment: { Variables: { LONG: 'x'.repeat(4096) } } }, /4096 bytes/],
      [{ Environment: { Variables: { '1A': 'x' } } }, /1A/],
      [{ Code: { ZipFile: Buffer.from('no zip') } }, /Could not unzip/],
      [{ Code: { S3Bucket: 'none', S3Key: 'none' } }, /NoSuchBucket/],
      [{ Code: { ImageUri: 'image' } }, /ImageUri/],
      [{ Layers: ['arn:aws:lambda:us-east-1:123456789012:layer:a:1'] }, /Layers/],
      [{ VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } }, /CreateNetworkInterface on EC2/],
      [{ DeadLetterConfig: { TargetArn: `arn:aws:sqs:us-east-1:123456789012:dead` } }, /SendMessage on SQS/],
      [{ Publish: true }, /Publish/],
      [{ DeadLetterConfig: { TargetArn: 'arn:aws:sns:us-east-1:123456789012:topic' } }, /SQS/],
      [{ LoggingConfig: { LogFormat: 'JSON' } }, /Text/],
    ];
    for (const [change, reason] of refusals) {
      const request = lambda.send(new CreateFunctionCommand({ ...good, ...change }));
      await expect(request, JSON.stringify(change).slice(0, 80)).rejects.toMatchObject({
        name: 'InvalidParameterValueException',
        message: expect.stringMatching(reason),
      });
    }
    await lambda.send(new CreateFunctionCommand(good));
    await expect(lambda.send(new CreateFunctionCommand(good))).rejects.toMatchObject({
      name: 'ResourceConflictException',
    });
    const version = new GetFunctionConfigurationCommand({ FunctionName: 'refused', Qualifier: '7' });
    await expect(lambda.send(version)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const stale = new UpdateFunctionConfigurationCommand({ FunctionName: 'refused', RevisionId: 'old' });
    await expect(lambda.send(stale)).rejects.toMatchObject({ name: 'PreconditionFailedException' });
  });

  it('is created only by those who may pass its role', async () => {
    const Role = await account.role('passed');
    const allowed = { Effect: 'Allow', Action: 'lambda:CreateFunction', Resource: '*' } as const;
    const passRole = { Effect: 'Allow', Action: 'iam:PassRole', Resource: Role } as const;
    const ZipFile = await zipOf({ 'index.mjs': answering('passed') });
    const create = (statements: readonly (typeof allowed | typeof passRole)[]) => {
      const { principal } = account.aws.cloud.identities.issue('deployer', { Statement: statements }, 60_000);
      const input = {
        FunctionName: 'passes',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role,
        Code: { ZipFile },
      };
      return account.aws.cloud.call(principal, 'lambda', 'CreateFunction', input);
    };

    await expect(create([allowed])).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining('iam:PassRole'),
    });
    await expect(create([allowed, passRole])).resolves.toMatchObject({ FunctionName: 'passes' });
  });
});

describe('settings of a function', { timeout: 60_000 }, () => {
  it('keeps a policy', async () => {
    const FunctionName = 'policied';
    const arn = await account.function(FunctionName, answering(''));
    const add = new AddPermissionCommand({
      FunctionName,
      StatementId: 's',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: 'arn:aws:events:us-east-1:123456789012:rule/r',
    });

    await lambda.send(add);

    const { Policy = '' } = await lambda.send(new GetPolicyCommand({ FunctionName }));
    expect((JSON.parse(Policy) as { Statement: unknown }).Statement).toEqual([
      {
        Sid: 's',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: arn,
        Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:events:us-east-1:123456789012:rule/r' } },
      },
    ]);
    await expect(lambda.send(add)).rejects.toMatchObject({ name: 'ResourceConflictException' });
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 's' }));
    await expect(lambda.send(new GetPolicyCommand({ FunctionName }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('keeps concurrency, asynchronous settings and tags', async () => {
    const FunctionName = 'set';
    const Resource = await account.function(FunctionName, answering(''), { Tags: { old: '1' } });

    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 3 }));
    const concurrency = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    expect(concurrency.ReservedConcurrentExecutions).toBe(3);
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    const none = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    expect(none.ReservedConcurrentExecutions).toBeUndefined();

    const read = new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: '$LATEST' });
    await expect(lambda.send(read)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }));
    const update = (MaximumEventAgeInSeconds: number) =>
      lambda.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumEventAgeInSeconds }));
    await update(60);
    expect(await lambda.send(read)).toMatchObject({ MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 });
    await expect(update(59)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
    await expect(lambda.send(read)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

    await lambda.send(new TagResourceCommand({ Resource, Tags: { new: '2' } }));
    await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ['old'] }));
    expect((await lambda.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ new: '2' });
  });
});
