import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAws, type TestAws } from './test-aws.ts';

const run = promisify(execFile);
const hasAwsCli = spawnSync('aws', ['--version']).status === 0;

let test: TestAws;
beforeAll(async () => {
  test = await startTestAws();
});
afterAll(() => test.end());

/** Runs the AWS CLI against the embedded AWS with no configuration but the environment. */
async function aws(...args: string[]): Promise<unknown> {
  const { stdout } = await run('aws', [...args, '--endpoint-url', test.aws.endpointUrl, '--output', 'json'], {
    env: {
      PATH: process.env.PATH,
      HOME: test.dataFolder,
      AWS_REGION: test.aws.region,
      AWS_DEFAULT_REGION: test.aws.region,
      AWS_ACCESS_KEY_ID: test.aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: test.aws.credentials.secretAccessKey,
    },
  });
  return stdout.trim() === '' ? undefined : JSON.parse(stdout);
}

describe.skipIf(!hasAwsCli)('the AWS CLI (skipped where `aws` is not installed)', () => {
  it('reads who it is', async () => {
    expect(await aws('sts', 'get-caller-identity')).toMatchObject({ Account: '123456789012' });
  });

  it('writes and reads over each protocol', async () => {
    await aws('secretsmanager', 'create-secret', '--name', 'cli/x', '--secret-string', 'v');
    await aws('sqs', 'create-queue', '--queue-name', 'cli', '--attributes', 'VisibilityTimeout=5');
    await aws('cloudwatch', 'put-metric-data', '--namespace', 'cli', '--metric-name', 'm', '--value', '3');
    const trust =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}';
    await aws(
      'iam',
      'create-role',
      '--role-name',
      'cli',
      '--assume-role-policy-document',
      trust,
      '--tags',
      'Key=a,Value=b',
    );

    expect(await aws('secretsmanager', 'get-secret-value', '--secret-id', 'cli/x')).toMatchObject({
      SecretString: 'v',
    });
    expect(await aws('sqs', 'list-queues')).toEqual({ QueueUrls: [`${test.aws.endpointUrl}/123456789012/cli`] });
    expect(await aws('cloudwatch', 'list-metrics')).toMatchObject({ Metrics: [{ MetricName: 'm' }] });
    expect(await aws('iam', 'get-role', '--role-name', 'cli')).toMatchObject({
      Role: { AssumeRolePolicyDocument: JSON.parse(trust) as object, Tags: [{ Key: 'a', Value: 'b' }] },
    });
  });

  it('speaks to both APIs of API Gateway', async () => {
    await aws('apigatewayv2', 'create-api', '--name', 'cli', '--protocol-type', 'HTTP');
    await aws('apigateway', 'create-rest-api', '--name', 'cli', '--endpoint-configuration', 'types=PRIVATE');

    expect(await aws('apigatewayv2', 'get-apis')).toMatchObject({ Items: [{ Name: 'cli', ProtocolType: 'HTTP' }] });
    expect(await aws('apigateway', 'get-rest-apis')).toMatchObject({
      items: [{ name: 'cli', endpointConfiguration: { types: ['PRIVATE'] } }],
    });
  });

  it('prints an error by its code', async () => {
    await expect(aws('iam', 'get-role', '--role-name', 'none')).rejects.toThrow(/\(NoSuchEntity\).*GetRole/);
    await expect(aws('cloudformation', 'describe-stacks', '--stack-name', 'none')).rejects.toThrow(
      /\(ValidationError\)/,
    );
  });
});
