import type { Stack, StackEvent, StackResource } from '@aws-sdk/client-cloudformation';
import { describe, expect, it } from 'vitest';
import { memoryCloud } from '../../test/cloudformation/memory-cloud.ts';

const ROLE = `
  Role:
    Type: AWS::IAM::Role
    Properties:
      Description: !Sub 'reads \${Bucket}'
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]
`;
const TEMPLATE = `
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Suffix: {Type: String, Default: one}
  Token: {Type: String, NoEcho: true, Default: t0ken}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub 'data-\${Suffix}'}
${ROLE}
Outputs:
  BucketName: {Value: !Ref Bucket, Export: {Name: !Sub '\${AWS::StackName}-bucket'}}
  RoleArn: {Value: !GetAtt Role.Arn}
`;
const CAPABILITIES = { Capabilities: ['CAPABILITY_IAM'] };

type Memory = ReturnType<typeof memoryCloud>;

async function settled(aws: Memory, name: string): Promise<Stack> {
  for (;;) {
    const { Stacks } = await aws.run<{ Stacks: Stack[] }>('DescribeStacks', { StackName: name });
    const [stack] = Stacks;
    if (stack !== undefined && !stack.StackStatus?.endsWith('_IN_PROGRESS')) return stack;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function created(template = TEMPLATE, more: object = {}): Promise<{ aws: Memory; stack: Stack; id: string }> {
  const aws = memoryCloud();
  const { StackId } = await aws.run<{ StackId: string }>('CreateStack', {
    StackName: 'demo',
    TemplateBody: template,
    ...CAPABILITIES,
    ...more,
  });
  return { aws, id: StackId, stack: await settled(aws, StackId) };
}

async function resourcesOf(aws: Memory): Promise<Record<string, string | undefined>> {
  const { StackResources } = await aws.run<{ StackResources: StackResource[] }>('DescribeStackResources', {
    StackName: 'demo',
  });
  return Object.fromEntries(
    StackResources.map(({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId, PhysicalResourceId]),
  );
}

describe('CreateStack', () => {
  it('makes the resources in order, and answers outputs and masked parameters', async () => {
    const { aws, stack } = await created();

    expect(stack.StackStatus).toBe('CREATE_COMPLETE');
    expect(aws.buckets.has('data-one')).toBe(true);
    const { Role: role } = await resourcesOf(aws);
    expect(role).toMatch(/^demo-Role-[A-Z0-9]{12}$/);
    expect(aws.roles.get(role ?? '')?.Description).toBe('reads data-one');
    expect(stack.Outputs).toEqual([
      { OutputKey: 'BucketName', OutputValue: 'data-one', ExportName: 'demo-bucket' },
      { OutputKey: 'RoleArn', OutputValue: `arn:aws:iam::123456789012:role/${role}` },
    ]);
    expect(stack.Parameters).toContainEqual({ ParameterKey: 'Token', ParameterValue: '****' });
  });

  it('asks for the capability', async () => {
    const aws = memoryCloud();

    const refused = aws.run('CreateStack', { StackName: 'demo', TemplateBody: TEMPLATE });

    await expect(refused).rejects.toMatchObject({
      code: 'InsufficientCapabilitiesException',
      message: 'Requires capabilities : [CAPABILITY_IAM]',
    });
  });

  it('rolls back when a resource fails, and says why', async () => {
    const aws = memoryCloud();
    aws.refused.add('iam:CreateRole');
    const { StackId } = await aws.run<{ StackId: string }>('CreateStack', {
      StackName: 'demo',
      TemplateBody: TEMPLATE,
      ...CAPABILITIES,
    });

    const stack = await settled(aws, StackId);

    expect(stack.StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(aws.buckets.size).toBe(0);
    const { StackEvents } = await aws.run<{ StackEvents: StackEvent[] }>('DescribeStackEvents', { StackName: StackId });
    expect(StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')).toMatchObject({
      LogicalResourceId: 'Role',
      ResourceStatusReason: expect.stringContaining('not authorized to perform iam:CreateRole'),
    });
    expect(
      StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'ROLLBACK_IN_PROGRESS')?.ResourceStatusReason,
    ).toBe('The following resource(s) failed to create: [Role]. Rollback requested by user.');
  });

  it('keeps what was made with DisableRollback', async () => {
    const aws = memoryCloud();
    aws.refused.add('iam:CreateRole');
    await aws.run('CreateStack', { StackName: 'demo', TemplateBody: TEMPLATE, DisableRollback: true, ...CAPABILITIES });

    expect((await settled(aws, 'demo')).StackStatus).toBe('CREATE_FAILED');
    expect(aws.buckets.has('data-one')).toBe(true);
  });

  it('refuses a taken name and a template over 51,200 bytes', async () => {
    const { aws } = await created();

    await expect(
      aws.run('CreateStack', { StackName: 'demo', TemplateBody: TEMPLATE, ...CAPABILITIES }),
    ).rejects.toMatchObject({ code: 'AlreadyExistsException' });
    await expect(
      aws.run('CreateStack', { StackName: 'big', TemplateBody: `${TEMPLATE}${'#'.repeat(51_200)}` }),
    ).rejects.toThrow(/less than or equal to 51200/);
  });
});

describe('UpdateStack', () => {
  it('says when nothing changes', async () => {
    const { aws } = await created();

    await expect(
      aws.run('UpdateStack', { StackName: 'demo', UsePreviousTemplate: true, ...CAPABILITIES }),
    ).rejects.toThrow('No updates are to be performed.');
  });

  it('replaces a renamed bucket, updates what refers to it in place, and removes the old one', async () => {
    const { aws } = await created();
    const before = await resourcesOf(aws);

    await aws.run('UpdateStack', {
      StackName: 'demo',
      UsePreviousTemplate: true,
      Parameters: [
        { ParameterKey: 'Suffix', ParameterValue: 'two' },
        { ParameterKey: 'Token', UsePreviousValue: true },
      ],
      ...CAPABILITIES,
    });
    const stack = await settled(aws, 'demo');

    expect(stack.StackStatus).toBe('UPDATE_COMPLETE');
    expect([...aws.buckets.keys()]).toEqual(['data-two']);
    const after = await resourcesOf(aws);
    expect(after.Role).toBe(before.Role);
    expect(aws.roles.get(after.Role ?? '')?.Description).toBe('reads data-two');
    expect(stack.Outputs?.[0]?.OutputValue).toBe('data-two');
  });

  it('returns to what was when a resource fails', async () => {
    const { aws } = await created();
    aws.refused.add('iam:UpdateRole');
    const before = await resourcesOf(aws);

    await aws.run('UpdateStack', {
      StackName: 'demo',
      UsePreviousTemplate: true,
      Parameters: [{ ParameterKey: 'Suffix', ParameterValue: 'two' }],
      ...CAPABILITIES,
    });
    const stack = await settled(aws, 'demo');

    expect(stack.StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect([...aws.buckets.keys()]).toEqual(['data-one']);
    expect(await resourcesOf(aws)).toEqual(before);
    expect(stack.Parameters).toContainEqual({ ParameterKey: 'Suffix', ParameterValue: 'one' });
  });

  it('removes what the template no longer has, unless it is retained', async () => {
    const retained = TEMPLATE.replace('Type: AWS::S3::Bucket', 'Type: AWS::S3::Bucket\n    DeletionPolicy: Retain');
    const { aws } = await created(`${retained}`);

    const only = `Resources: {Other: {Type: AWS::S3::Bucket}}`;
    await aws.run('UpdateStack', { StackName: 'demo', TemplateBody: only });
    await settled(aws, 'demo');

    expect(aws.roles.size).toBe(0);
    expect(aws.buckets.has('data-one')).toBe(true);
    expect(Object.keys(await resourcesOf(aws))).toEqual(['Other']);
  });
});

describe('DeleteStack', () => {
  it('deletes everything and is found by ID only', async () => {
    const { aws, id } = await created();

    await aws.run('DeleteStack', { StackName: 'demo' });
    const stack = await settled(aws, id);

    expect(stack.StackStatus).toBe('DELETE_COMPLETE');
    expect(aws.buckets.size + aws.roles.size).toBe(0);
    await expect(aws.run('DescribeStacks', { StackName: 'demo' })).rejects.toThrow('Stack with id demo does not exist');
  });

  it("fails on a bucket with objects, with S3's own words", async () => {
    const { aws, id } = await created();
    aws.buckets.set('data-one', { full: true });

    await aws.run('DeleteStack', { StackName: 'demo' });
    const stack = await settled(aws, id);

    expect(stack.StackStatus).toBe('DELETE_FAILED');
    expect(stack.StackStatusReason).toBe('The following resource(s) failed to delete: [Bucket]. ');
    const { StackEvents } = await aws.run<{ StackEvents: StackEvent[] }>('DescribeStackEvents', { StackName: id });
    expect(
      StackEvents.find(
        ({ ResourceStatus, LogicalResourceId: id }) => ResourceStatus === 'DELETE_FAILED' && id === 'Bucket',
      )?.ResourceStatusReason,
    ).toContain('The bucket you tried to delete is not empty');
  });

  it('refuses while another stack imports an export', async () => {
    const { aws } = await created();
    const importing = `Resources: {Copy: {Type: AWS::S3::Bucket, Properties: {BucketName: !Join ['-', [!ImportValue demo-bucket, copy]]}}}`;
    await aws.run('CreateStack', { StackName: 'user', TemplateBody: importing });
    await settled(aws, 'user');

    expect(aws.buckets.has('data-one-copy')).toBe(true);
    await expect(aws.run('DeleteStack', { StackName: 'demo' })).rejects.toThrow(
      'Export demo-bucket cannot be deleted as it is in use by user',
    );
  });
});

describe('change sets', () => {
  it('create, then update, a stack as `aws cloudformation deploy` does', async () => {
    const aws = memoryCloud();
    const request = {
      StackName: 'demo',
      ChangeSetName: 'first',
      ChangeSetType: 'CREATE',
      TemplateBody: TEMPLATE,
      ...CAPABILITIES,
    };
    await aws.run('CreateChangeSet', request);
    const set = await aws.run<{ Status: string; Changes: unknown[] }>('DescribeChangeSet', {
      StackName: 'demo',
      ChangeSetName: 'first',
    });
    expect(set).toMatchObject({ Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE' });
    expect(set.Changes).toHaveLength(2);
    expect(aws.buckets.size).toBe(0);

    await aws.run('ExecuteChangeSet', { StackName: 'demo', ChangeSetName: 'first' });
    expect((await settled(aws, 'demo')).StackStatus).toBe('CREATE_COMPLETE');

    await aws.run('CreateChangeSet', { ...request, ChangeSetName: 'second', ChangeSetType: 'UPDATE' });
    expect(await aws.run('DescribeChangeSet', { StackName: 'demo', ChangeSetName: 'second' })).toMatchObject({
      Status: 'FAILED',
      StatusReason: expect.stringContaining("didn't contain changes"),
    });
  });
});

describe('resources', () => {
  it('get dynamic references resolved, and the stack keeps the reference as their property', async () => {
    const reference = '{{resolve:secretsmanager:db:SecretString:name}}';
    const { aws, stack } = await created(
      `Resources: {Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: '${reference}'}}}`,
    );

    expect(stack.StackStatus).toBe('CREATE_COMPLETE');
    expect([...aws.buckets.keys()]).toEqual(['from-db']);
    const kept = [...aws.cloud.collection<object>('cloudformation/stacks').values()];
    expect(JSON.stringify(kept)).toContain(reference);
  });

  it('are not replaced while a fixed name is taken by themselves', async () => {
    const named = (path: string) =>
      `Resources: {Role: {Type: AWS::IAM::Role, Properties: {RoleName: fixed, Path: ${path}, AssumeRolePolicyDocument: {}}}}`;
    const more = { Capabilities: ['CAPABILITY_NAMED_IAM'] };
    const { aws } = await created(named('/a/'), more);

    await aws.run('UpdateStack', { StackName: 'demo', TemplateBody: named('/b/'), ...more });
    const stack = await settled(aws, 'demo');

    expect(stack.StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    const { StackEvents } = await aws.run<{ StackEvents: StackEvent[] }>('DescribeStackEvents', { StackName: 'demo' });
    expect(
      StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'UPDATE_FAILED')?.ResourceStatusReason,
    ).toContain('cannot update a stack when a custom-named resource requires replacing');
    expect(aws.roles.has('fixed')).toBe(true);
  });
});

describe('start', () => {
  it('ends what a stop interrupted', async () => {
    const { aws } = await created();
    const stacks = aws.cloud.collection<{ id: string; status: string }>('cloudformation/stacks');
    const [kept] = stacks.values();
    if (kept !== undefined) kept.status = 'UPDATE_IN_PROGRESS';

    await aws.service.start?.();

    expect((await settled(aws, 'demo')).StackStatus).toBe('UPDATE_FAILED');
  });
});
