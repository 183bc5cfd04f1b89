import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  ListBuildsCommand,
  ListProjectsCommand,
} from '@aws-sdk/client-codebuild';
import { GetFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalAws, startLocalAws } from '../src/index.ts';

// A function that hangs, and what AWS offers to notice it: a destination, a rule, and a build that goes on with the job.
const TEMPLATE = `
Parameters:
  BuildLane: {Type: String, AllowedValues: ['true', 'false'], Default: 'true'}
Conditions:
  HasBuildLane: !Equals [!Ref BuildLane, 'true']
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      Architectures: [arm64]
      MemorySize: 512
      Timeout: 1
      EphemeralStorage: {Size: 1024}
      ReservedConcurrentExecutions: 2
      Role: !GetAtt FunctionRole.Arn
      VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}
      Code: {ZipFile: "exports.handler = () => new Promise((done) => setTimeout(done, 60000));"}
  WhenKilled:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Function
      Qualifier: $LATEST
      MaximumRetryAttempts: 0
      MaximumEventAgeInSeconds: 60
      DestinationConfig: {OnFailure: {Destination: !Sub 'arn:\${AWS::Partition}:events:\${AWS::Region}:\${AWS::AccountId}:event-bus/default'}}
  FunctionRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - {Effect: Allow, Action: 'events:PutEvents', Resource: !Sub 'arn:\${AWS::Partition}:events:\${AWS::Region}:\${AWS::AccountId}:event-bus/default'}
              - {Effect: Allow, Action: ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'], Resource: '*'}
  Killed:
    Type: AWS::Events::Rule
    Condition: HasBuildLane
    Properties:
      EventPattern: !Sub '{"source":["lambda"],"detail-type":["Lambda Function Invocation Result - Failure"],"detail":{"requestContext":{"functionArn":[{"prefix":"\${Function.Arn}"}]}}}'
      Targets:
        - Id: build
          Arn: !GetAtt Project.Arn
          RoleArn: !GetAtt KilledRole.Arn
          InputTransformer:
            InputPathsMap: {request: $.detail.requestContext.requestId, job: $.detail.requestPayload.job.id, why: $.detail.responsePayload.errorType, lane: $.detail.requestPayload.lane}
            InputTemplate: '{"idempotencyToken":<request>,"environmentVariablesOverride":[{"name":"JOB_ID","value":<job>},{"name":"WHY","value":"killed: <why>"},{"name":"LANE","value":<lane>}]}'
  KilledRole:
    Type: AWS::IAM::Role
    Condition: HasBuildLane
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies:
        - PolicyName: start
          PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: 'codebuild:StartBuild', Resource: !GetAtt Project.Arn}]}
  Project:
    Type: AWS::CodeBuild::Project
    Condition: HasBuildLane
    Properties:
      ServiceRole: !GetAtt ProjectRole.Arn
      Source: {Type: NO_SOURCE, BuildSpec: '{"version":"0.2","phases":{"build":{"commands":["test \\"$JOB_ID $WHY\\" = \\"j-1 killed: Sandbox.Timedout\\""]}}}'}
      Artifacts: {Type: NO_ARTIFACTS}
      Environment: {Type: LINUX_CONTAINER, ComputeType: BUILD_GENERAL1_SMALL, Image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0'}
      LogsConfig: {CloudWatchLogs: {Status: DISABLED}}
  ProjectRole:
    Type: AWS::IAM::Role
    Condition: HasBuildLane
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: codebuild.amazonaws.com}, Action: 'sts:AssumeRole'}]}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {Namespace: AWS/Lambda, MetricName: Errors, Dimensions: [{Name: FunctionName, Value: !Ref Function}], Statistic: Sum, Period: 300, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold}
  Learnt:
    Type: AWS::SSM::Parameter
    Properties: {Name: /lanes/learnt, Type: String, Value: !If [HasBuildLane, !GetAtt Project.Arn, none], Tags: {a: b}}
Outputs:
  FunctionName: {Value: !Ref Function}
  Learnt: {Value: !Ref Learnt}
  ProjectName: {Condition: HasBuildLane, Value: !Ref Project}
`;

let folder: string;
let aws: LocalAws;
let cloudformation: CloudFormationClient;
let codebuild: CodeBuildClient;
let lambda: LambdaClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fast-lane-'));
  // Every event comes twice, as it may on AWS.
  aws = await startLocalAws({ dataFolder: folder, eventFaults: { duplicate: true } });
  const settings = { endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials };
  cloudformation = new CloudFormationClient(settings);
  codebuild = new CodeBuildClient(settings);
  lambda = new LambdaClient(settings);
});

afterAll(async () => {
  for (const client of [cloudformation, codebuild, lambda]) client.destroy();
  await aws.close();
  rmSync(folder, { recursive: true, force: true });
});

const waiting = { maxWaitTime: 30, minDelay: 1, maxDelay: 1 };

describe('a template with two lanes', { timeout: 60_000 }, () => {
  it('hands the job of a killed function to one build, once', async () => {
    const StackName = 'lanes';
    const Capabilities = ['CAPABILITY_IAM' as const];
    await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: TEMPLATE, Capabilities }));
    await waitUntilStackCreateComplete({ client: cloudformation, ...waiting }, { StackName });
    const FunctionName = await output('FunctionName');
    const { Configuration, Concurrency } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration).toMatchObject({ Architectures: ['arm64'], EphemeralStorage: { Size: 1024 } });
    expect(Configuration?.VpcConfig?.SubnetIds).toEqual(['subnet-1']);
    expect(Concurrency).toEqual({ ReservedConcurrentExecutions: 2 });

    const Payload = JSON.stringify({ job: { id: 'j-1' } });
    await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));

    const build = await vi.waitFor(async () => {
      const { ids = [] } = await codebuild.send(new ListBuildsCommand({}));
      const { builds = [] } = await codebuild.send(new BatchGetBuildsCommand({ ids }));
      expect(builds).toMatchObject([{ buildComplete: true }]);
      return builds[0];
    }, 20_000);
    expect(build?.buildStatus).toBe('SUCCEEDED');
    expect(build?.environment?.environmentVariables).toEqual([
      { name: 'JOB_ID', value: 'j-1', type: 'PLAINTEXT' },
      { name: 'WHY', value: 'killed: Sandbox.Timedout', type: 'PLAINTEXT' },
      { name: 'LANE', value: '', type: 'PLAINTEXT' },
    ]);
    const ssm = new SSMClient({ endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials });
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: await output('Learnt') }));
    ssm.destroy();
    expect(Parameter?.Value).toMatch(/:project\/lanes-?/i);
  });

  it('loses everything of its build lane when a parameter says so', async () => {
    const StackName = 'lanes';
    const Parameters = [{ ParameterKey: 'BuildLane', ParameterValue: 'false' }];
    const Capabilities = ['CAPABILITY_IAM' as const];

    await cloudformation.send(new UpdateStackCommand({ StackName, TemplateBody: TEMPLATE, Capabilities, Parameters }));
    await waitUntilStackUpdateComplete({ client: cloudformation, ...waiting }, { StackName });

    expect((await codebuild.send(new ListProjectsCommand({}))).projects).toEqual([]);
    expect(await output('ProjectName')).toBeUndefined();
  });
});

async function output(key: string): Promise<string | undefined> {
  const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: 'lanes' }));
  return Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
}
