import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { GetBucketPolicyCommand, GetBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../index.ts';

const run = promisify(execFile);

const TEMPLATE = `
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Words: {Type: String, Default: one}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {VersioningConfiguration: {Status: Enabled}}
  BucketPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Deny, Principal: '*', Action: 's3:*', Resource: !Sub '\${Bucket.Arn}/*', Condition: {Bool: {'aws:SecureTransport': 'false'}}}]
  Role:
    Type: AWS::IAM::Role
    Properties:
      Description: !Ref Words
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: codepipeline.amazonaws.com}, Action: 'sts:AssumeRole'}]
      Policies:
        - PolicyName: read
          PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: !Sub '\${Bucket.Arn}/*'}]}
Outputs:
  BucketName: {Value: !Ref Bucket}
`;

let aws: LocalAws;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cloudformation-'));
  aws = await startLocalAws({ dataFolder: join(folder, 'data') });
  writeFileSync(join(folder, 'template.yaml'), TEMPLATE);
});

afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true, force: true });
});

function client() {
  return { endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials };
}

describe('a stack over the API', () => {
  it('makes real resources with the SDK, from a template in S3', async () => {
    const s3 = new S3Client(client());
    const cloudformation = new CloudFormationClient(client());
    await cloudformation.send(
      new CreateStackCommand({ StackName: 'first', TemplateBody: TEMPLATE, Capabilities: ['CAPABILITY_IAM'] }),
    );
    await waitUntilStackCreateComplete(
      { client: cloudformation, maxWaitTime: 20, minDelay: 1, maxDelay: 1 },
      { StackName: 'first' },
    );
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: 'first' }));
    const bucket = Stacks?.[0]?.Outputs?.[0]?.OutputValue;

    expect(bucket).toMatch(/^first-bucket-[a-z0-9]{12}$/);
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status).toBe('Enabled');
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket: bucket }))).Policy).toContain('aws:SecureTransport');

    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'templates/second.yaml', Body: TEMPLATE }));
    const TemplateURL = `${aws.endpointUrl}/${bucket}/templates/second.yaml`;
    await cloudformation.send(
      new CreateStackCommand({ StackName: 'second', TemplateURL, Capabilities: ['CAPABILITY_IAM'] }),
    );
    await waitUntilStackCreateComplete(
      { client: cloudformation, maxWaitTime: 20, minDelay: 1, maxDelay: 1 },
      { StackName: 'second' },
    );
  });
});

const hasCli = await run('aws', ['--version']).then(
  () => true,
  () => false,
);

describe.skipIf(!hasCli)('the AWS CLI (skipped where there is no `aws` command)', () => {
  const cli = async (...args: string[]): Promise<string> => {
    const { accessKeyId, secretAccessKey } = aws.credentials;
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL: aws.endpointUrl,
      AWS_REGION: aws.region,
      AWS_DEFAULT_REGION: aws.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    return (await run('aws', ['cloudformation', ...args], { cwd: folder, env })).stdout.trim();
  };
  const status = (name: string) =>
    cli('describe-stacks', '--stack-name', name, '--query', 'Stacks[0].StackStatus', '--output', 'text');

  it('creates, updates and deletes as the deployment guide says', async () => {
    const create = [
      'create-stack',
      '--stack-name',
      'cli',
      '--template-body',
      'file://template.yaml',
      '--parameters',
      'ParameterKey=Words,ParameterValue=two',
    ];
    await expect(cli(...create)).rejects.toThrow('Requires capabilities : [CAPABILITY_IAM]');
    await cli(...create, '--capabilities', 'CAPABILITY_IAM');
    await cli('wait', 'stack-create-complete', '--stack-name', 'cli');
    expect(await status('cli')).toBe('CREATE_COMPLETE');

    const update = [
      'update-stack',
      '--stack-name',
      'cli',
      '--use-previous-template',
      '--capabilities',
      'CAPABILITY_IAM',
      '--parameters',
    ];
    await expect(cli(...update, 'ParameterKey=Words,UsePreviousValue=true')).rejects.toThrow(
      'No updates are to be performed.',
    );
    await cli(...update, 'ParameterKey=Words,ParameterValue=three');
    await cli('wait', 'stack-update-complete', '--stack-name', 'cli');
    expect(await status('cli')).toBe('UPDATE_COMPLETE');

    await cli('delete-stack', '--stack-name', 'cli');
    await cli('wait', 'stack-delete-complete', '--stack-name', 'cli');
    await expect(status('cli')).rejects.toThrow('Stack with id cli does not exist');
  }, 90_000);

  it('deploys with change sets', async () => {
    const deploy = [
      'deploy',
      '--stack-name',
      'deployed',
      '--template-file',
      'template.yaml',
      '--capabilities',
      'CAPABILITY_IAM',
    ];
    await cli(...deploy);

    expect(await status('deployed')).toBe('CREATE_COMPLETE');
    expect(await cli(...deploy, '--no-fail-on-empty-changeset')).toContain('No changes to deploy');
  }, 90_000);
});
