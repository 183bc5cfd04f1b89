import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { zipOf } from '../../lambda/test/lambda-account.ts';
import { type LocalAws, startLocalAws } from '../../start-local-aws.ts';

/** Tells the recorder of every request, then answers as the properties ask. */
const PROVIDER = `
export const handler = async (event) => {
  await fetch(process.env.RECORDER_URL, { method: 'POST', body: JSON.stringify(event) });
  const { ResponseURL, StackId, RequestId, LogicalResourceId, ResourceProperties: asked } = event;
  const does = (asked['On' + event.RequestType] ?? '').split(',');
  if (does.includes('crash')) throw new Error('asked to');
  if (does.includes('silent')) return;
  const body = does.includes('garbage') ? 'not json' : JSON.stringify({
    Status: does.includes('fail') ? 'FAILED' : does.includes('failure') ? 'FAILURE' : 'SUCCESS',
    Reason: does.includes('fail') ? 'asked to' : undefined,
    PhysicalResourceId: does.includes('no-id') ? undefined : 'thing-' + asked.Name,
    StackId, LogicalResourceId,
    RequestId: does.includes('other-request') ? 'x' : RequestId,
    NoEcho: does.includes('no-echo'),
    Data: { Name: asked.Name, Long: does.includes('long') ? 'x'.repeat(5000) : '' },
  });
  const answer = await fetch(ResponseURL, { method: 'PUT', body, headers: { 'content-type': does.includes('typed') ? 'text/plain' : '' } });
  console.log('PUT', answer.status);
};
`;

const RESOURCES = (folder: string) => `
Parameters:
  Name: {Type: String, Default: one}
  Asked: {Type: String, Default: ''}
  Fail: {Type: String, Default: 'no'}
Conditions:
  Fails: !Equals [!Ref Fail, 'yes']
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]
      Policies:
        - PolicyName: all
          PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: ['logs:*'], Resource: '*'}]}
  Provider:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Timeout: 20
      Code: {S3Bucket: code, S3Key: ${folder}.zip}
      Environment: {Variables: {RECORDER_URL: RECORDER}}
`;
const THING = `
  Thing:
    Type: Custom::Thing
    Properties:
      ServiceToken: !GetAtt Provider.Arn
      ServiceTimeout: 3
      Name: !Ref Name
      Count: 3
      Nested: {On: true, List: [1, a]}
      OnCreate: ASK_CREATE
      OnUpdate: ASK_UPDATE
      OnDelete: ASK_DELETE
  Breaks:
    Type: AWS::IAM::ManagedPolicy
    Condition: Fails
    DependsOn: Thing
    Properties: {PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Wrong, Action: '*', Resource: '*'}]}}
Outputs:
  Ref: {Value: !Ref Thing}
  Name: {Value: !GetAtt Thing.Name}
`;

type Request = Readonly<Record<string, unknown>> & { readonly RequestType: string; readonly ResponseURL: string };
type Asked = Readonly<Partial<Record<'create' | 'update' | 'delete', string>>>;

let aws: LocalAws;
let folder: string;
let cloudformation: CloudFormationClient;
let recorder: Server;
let recorderUrl: string;
const recorded: Request[] = [];

beforeAll(async () => {
  recorder = createServer((message, response) => {
    void json(message).then((request) => {
      recorded.push(request as Request);
      response.end();
    });
  });
  await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', resolve));
  recorderUrl = `http://127.0.0.1:${(recorder.address() as AddressInfo).port}/`;
  folder = mkdtempSync(join(tmpdir(), 'custom-resource-'));
  aws = await startLocalAws({ dataFolder: folder });
  const settings = { endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials, maxAttempts: 1 };
  cloudformation = new CloudFormationClient(settings);
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
  const Body = await zipOf({ 'index.mjs': PROVIDER });
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'provider.zip', Body }));
});

afterAll(async () => {
  await aws.close();
  recorder.close();
  rmSync(folder, { recursive: true, force: true });
});

function template(asked: Asked, thing = THING): string {
  return `${RESOURCES('provider')}${thing}`
    .replace('RECORDER}', `'${recorderUrl}'}`)
    .replace('ASK_CREATE', `'${asked.create ?? ''}'`)
    .replace('ASK_UPDATE', `'${asked.update ?? ''}'`)
    .replace('ASK_DELETE', `'${asked.delete ?? ''}'`);
}

async function settled(StackName: string): Promise<Stack> {
  return vi.waitFor(
    async () => {
      const { Stacks = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
      const [stack] = Stacks;
      if (stack === undefined || stack.StackStatus?.endsWith('_IN_PROGRESS') !== false) throw new Error('under way');
      return stack;
    },
    { timeout: 25_000, interval: 50 },
  );
}

/** One stack with a custom resource, and what its provider was asked. */
class Rehearsal {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  static async create(name: string, asked: Asked = {}): Promise<{ rehearsal: Rehearsal; stack: Stack }> {
    const { StackId = '' } = await cloudformation.send(
      new CreateStackCommand({
        StackName: name,
        TemplateBody: template(asked),
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );
    const rehearsal = new Rehearsal(StackId);
    return { rehearsal, stack: await settled(StackId) };
  }

  async update(parameters: Readonly<Record<string, string>>, asked: Asked = {}): Promise<Stack> {
    const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => {
      return { ParameterKey, ParameterValue };
    });
    const input = { TemplateBody: template(asked), Capabilities: ['CAPABILITY_IAM' as const] };
    await cloudformation.send(new UpdateStackCommand({ StackName: this.id, Parameters, ...input }));
    return settled(this.id);
  }

  async remove(): Promise<Stack> {
    await cloudformation.send(new DeleteStackCommand({ StackName: this.id }));
    return settled(this.id);
  }

  /** What was asked since the last call. */
  requests(): Request[] {
    const own = recorded.filter(({ StackId }) => StackId === this.id);
    for (const request of own) recorded.splice(recorded.indexOf(request), 1);
    return own;
  }

  /** `CREATE_FAILED reason` of the custom resource, oldest first. */
  async reasons(): Promise<string[]> {
    const { StackEvents = [] } = await cloudformation.send(new DescribeStackEventsCommand({ StackName: this.id }));
    return StackEvents.filter((event) => event.LogicalResourceId === 'Thing' && event.ResourceStatusReason)
      .map((event) => `${event.ResourceStatus} ${event.ResourceStatusReason}`)
      .reverse();
  }
}

function outputs({ Outputs = [] }: Stack): Record<string, string> {
  return Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}

describe('a custom resource', { timeout: 60_000 }, () => {
  it('is created, updated and deleted by requests as AWS sends them', async () => {
    const { rehearsal, stack } = await Rehearsal.create('plain');
    const [create] = rehearsal.requests();

    expect(stack.StackStatus).toBe('CREATE_COMPLETE');
    expect(outputs(stack)).toEqual({ Ref: 'thing-one', Name: 'one' });
    const functionArn = expect.stringMatching(/^arn:aws:lambda:us-east-1:123456789012:function:plain-Provider-/);
    const properties = {
      ServiceToken: functionArn,
      ServiceTimeout: '3',
      Name: 'one',
      Count: '3',
      Nested: { On: 'true', List: ['1', 'a'] },
      OnCreate: '',
      OnUpdate: '',
      OnDelete: '',
    };
    const always = {
      ServiceToken: functionArn,
      ResponseURL: expect.stringContaining('/cloudformation-custom-resource-response-useast1/arn%3Aaws'),
      StackId: rehearsal.id,
      RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      LogicalResourceId: 'Thing',
      ResourceType: 'Custom::Thing',
    };
    expect(create).toEqual({ RequestType: 'Create', ...always, ResourceProperties: properties });

    await rehearsal.update({}, { update: 'x' });
    expect(rehearsal.requests()).toEqual([
      {
        RequestType: 'Update',
        ...always,
        PhysicalResourceId: 'thing-one',
        ResourceProperties: { ...properties, OnUpdate: 'x' },
        OldResourceProperties: properties,
      },
    ]);

    await rehearsal.remove();
    expect(rehearsal.requests()).toEqual([
      {
        RequestType: 'Delete',
        ...always,
        PhysicalResourceId: 'thing-one',
        ResourceProperties: { ...properties, OnUpdate: 'x' },
      },
    ]);
  });

  it('is replaced when an update answers with another ID, and the old one goes last', async () => {
    const { rehearsal } = await Rehearsal.create('replaced');
    rehearsal.requests();

    const stack = await rehearsal.update({ Name: 'two' });

    expect([stack.StackStatus, outputs(stack)]).toEqual(['UPDATE_COMPLETE', { Ref: 'thing-two', Name: 'two' }]);
    expect(rehearsal.requests().map(brief)).toEqual(['Update thing-one one→two', 'Delete thing-one one']);
  });

  it('is asked for its former state when its own update fails', async () => {
    const { rehearsal } = await Rehearsal.create('own-failure');
    rehearsal.requests();

    const stack = await rehearsal.update({ Name: 'two' }, { update: 'fail' });

    expect([stack.StackStatus, outputs(stack).Name]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'one']);
    expect(rehearsal.requests().map(brief)).toEqual(['Update thing-one one→two', 'Update thing-one two→one']);
  });

  it('loses the new one when another resource fails after a replacement', async () => {
    const { rehearsal } = await Rehearsal.create('other-failure');
    rehearsal.requests();

    const stack = await rehearsal.update({ Name: 'two', Fail: 'yes' });

    expect([stack.StackStatus, outputs(stack).Ref]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'thing-one']);
    expect(rehearsal.requests().map(brief)).toEqual(['Update thing-one one→two', 'Delete thing-two two']);
  });

  it('masks its attributes in outputs when it says NoEcho', async () => {
    const { stack } = await Rehearsal.create('masked', { create: 'no-echo' });

    expect(outputs(stack)).toEqual({ Ref: 'thing-one', Name: '****' });
  });

  it.each([
    [
      'fail',
      'thing-one',
      /^Received response status \[FAILED\] from custom resource. Message returned: asked to \(Req/,
    ],
    ['no-id', 'made-up', /^Invalid PhysicalResourceId$/],
    ['garbage', 'made-up', /^Invalid Response object: it is not JSON$/],
    ['failure', 'made-up', /^Invalid Response object: 'FAILURE' is not a valid ResponseStatus$/],
    ['other-request', 'made-up', /^Invalid Response object: RequestId is not the request's$/],
    ['long', 'made-up', /^Response object is too long.$/],
    ['silent', 'made-up', /^CloudFormation did not receive a response from your Custom Resource/],
    ['crash', 'made-up', /^CloudFormation did not receive a response from your Custom Resource/],
    ['typed', 'made-up', /^CloudFormation did not receive a response from your Custom Resource/],
  ])('is rolled back, with a Delete, after a Create that answers "%s"', async (create, id, reason) => {
    const { rehearsal, stack } = await Rehearsal.create(`create-${create}`, { create });

    expect(stack.StackStatus).toBe('ROLLBACK_COMPLETE');
    const failed = (await rehearsal.reasons()).find((line) => line.startsWith('CREATE_FAILED '));
    expect(failed?.slice('CREATE_FAILED '.length)).toMatch(reason);
    const last = rehearsal.requests().at(-1);
    const madeUp = expect.stringMatching(new RegExp(`^create-${create}-Thing-[A-Z0-9]{12}$`));
    expect(last).toMatchObject({ RequestType: 'Delete', PhysicalResourceId: id === 'made-up' ? madeUp : id });
  });

  it('keeps a stack whose Delete fails', async () => {
    const { rehearsal } = await Rehearsal.create('stuck', { delete: 'fail' });

    const stuck = await rehearsal.remove();
    expect([stuck.StackStatus, stuck.StackStatusReason]).toEqual([
      'DELETE_FAILED',
      'The following resource(s) failed to delete: [Thing]. ',
    ]);
  });

  it('is not deleted where its function is gone', async () => {
    const { rehearsal } = await Rehearsal.create('orphan');
    const FunctionName = String(rehearsal.requests()[0]?.ServiceToken);
    await aws.cloud.call(aws.cloud.identities.root, 'lambda', 'DeleteFunction', { FunctionName });

    expect((await rehearsal.remove()).StackStatus).toBe('DELETE_FAILED');
    expect((await rehearsal.reasons()).at(-1)).toMatch(
      /^DELETE_FAILED Function not found: .*ResourceNotFoundException\)$/,
    );
  });

  it('takes one response, by the URL of its request only', async () => {
    const { rehearsal } = await Rehearsal.create('url');
    const [create] = rehearsal.requests();
    const url = create?.ResponseURL ?? '';
    const put = (to: string, init: RequestInit = {}) => fetch(to, { method: 'PUT', body: '{}', ...init });
    const plain = { headers: { 'content-type': '' } };

    expect((await put(url, plain)).status).toBe(200);
    expect((await put(url.replace(/Signature=./, 'Signature=x'), plain)).status).toBe(403);
    expect((await put(url)).status).toBe(403);
    expect((await fetch(url)).status).toBe(403);
    expect((await put(url.replace('%7CThing', '%7COther'), plain)).status).toBe(403);
  });
});

describe('stopping', () => {
  it('waits for no provider that does not answer', async () => {
    const own = mkdtempSync(join(tmpdir(), 'custom-resource-stop-'));
    const stopped = await startLocalAws({ dataFolder: own });
    const { endpointUrl: endpoint, region, credentials } = stopped;
    const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
    const Body = await zipOf({ 'index.mjs': PROVIDER });
    await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'provider.zip', Body }));
    const TemplateBody = template({ create: 'silent', delete: 'silent' }).replace('ServiceTimeout: 3', '');
    const { StackId } = await new CloudFormationClient({ endpoint, region, credentials }).send(
      new CreateStackCommand({ StackName: 'stopped', TemplateBody, Capabilities: ['CAPABILITY_IAM'] }),
    );
    await vi.waitFor(() => expect(recorded.some((request) => request.StackId === StackId)).toBe(true), 20_000);

    await stopped.close();

    rmSync(own, { recursive: true, force: true });
  });
});

describe('a template with a custom resource', () => {
  const refused = async (thing: string) => {
    const TemplateBody = template({}, `${thing}\nOutputs: {A: {Value: x}}`);
    const input = { StackName: 'refused', TemplateBody, Capabilities: ['CAPABILITY_IAM' as const] };
    return cloudformation.send(new CreateStackCommand(input)).then(
      () => 'accepted',
      (error: Error) => error.message,
    );
  };

  it.each([
    ['{Name: x}', 'required key [ServiceToken] not found'],
    ["{ServiceToken: 'arn:aws:sns:us-east-1:123456789012:topic'}", 'SNS topics are not simulated here'],
    ['{ServiceToken: my-function}', 'Invalid service token.'],
    ['{ServiceToken: !GetAtt Provider.Arn, ServiceTimeout: 3601}', '/ServiceTimeout'],
  ])('with the properties %s is refused', async (given, reason) => {
    expect(await refused(`  Thing: {Type: 'Custom::Thing', Properties: ${given}}`)).toContain(reason);
  });

  it('of a type with no such name is refused', async () => {
    expect(await refused("  Thing: {Type: 'Custom::A/B', Properties: {}}")).toContain('Unrecognized resource types');
  });

  it('may not be invoked by a caller without the permission', async () => {
    const policy = { Statement: [{ Effect: 'Allow', NotAction: 'lambda:InvokeFunction', Resource: '*' }] } as const;
    const { credentials } = aws.cloud.identities.issue('deployer', policy, 3_600_000);
    const deployer = new CloudFormationClient({ endpoint: aws.endpointUrl, region: aws.region, credentials });
    const { StackId = '' } = await deployer.send(
      new CreateStackCommand({
        StackName: 'denied',
        TemplateBody: template({}),
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );

    expect((await settled(StackId)).StackStatus).toBe('ROLLBACK_COMPLETE');
    expect((await new Rehearsal(StackId).reasons()).join('\n')).toContain('lambda:InvokeFunction');
  });
});

function brief({ RequestType, PhysicalResourceId, ...request }: Request): string {
  const name = (key: string) => (request[key] as { readonly Name?: string } | undefined)?.Name;
  const old = name('OldResourceProperties');
  return `${RequestType} ${String(PhysicalResourceId)} ${old === undefined ? '' : `${old}→`}${name('ResourceProperties')}`;
}
