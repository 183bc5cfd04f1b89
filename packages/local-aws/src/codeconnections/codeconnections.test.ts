import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CodeStarConnectionsClient,
  CreateConnectionCommand,
  CreateHostCommand,
  DeleteConnectionCommand,
  DeleteHostCommand,
  GetConnectionCommand,
  GetHostCommand,
  ListConnectionsCommand,
  ListHostsCommand,
  ListTagsForResourceCommand,
  ResourceNotFoundException,
  ResourceUnavailableException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateHostCommand,
} from '@aws-sdk/client-codestar-connections';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../start-local-aws.ts';

let aws: LocalAws;
let client: CodeStarConnectionsClient;
const folder = mkdtempSync(join(tmpdir(), 'codeconnections-'));

async function open(): Promise<void> {
  const services = ['cloudformation', 'codeconnections', 'codestar-connections', 'iam', 'sts'] as const;
  aws = await startLocalAws({ dataFolder: folder, services });
  const { region, credentials, endpointUrl: endpoint } = aws;
  client = new CodeStarConnectionsClient({ region, credentials, endpoint, maxAttempts: 1 });
}

beforeAll(open);

afterAll(async () => {
  client.destroy();
  await aws.close();
  rmSync(folder, { recursive: true, force: true });
});

function call<O = Record<string, unknown>>(operation: string, input: object): Promise<O> {
  return aws.cloud.call<O>(aws.cloud.identities.root, 'codeconnections', operation, input);
}

async function handshake(arn: string, method = 'POST'): Promise<number> {
  const id = arn.split('/').at(-1);
  return (await fetch(`${aws.endpointUrl}/codeconnections/handshake/${id}`, { method })).status;
}

async function statusOf(ConnectionArn: string): Promise<string | undefined> {
  return (await client.send(new GetConnectionCommand({ ConnectionArn }))).Connection?.ConnectionStatus;
}

describe('a connection', () => {
  it('is PENDING until its handshake, and stays AVAILABLE over a restart', async () => {
    const input = { ConnectionName: 'github', ProviderType: 'GitHub' } as const;
    const { ConnectionArn = '' } = await client.send(new CreateConnectionCommand(input));
    expect(ConnectionArn).toMatch(/^arn:aws:codestar-connections:us-east-1:123456789012:connection\/[0-9a-f-]{36}$/);
    expect(await client.send(new GetConnectionCommand({ ConnectionArn }))).toMatchObject({
      Connection: {
        ConnectionArn,
        ConnectionName: 'github',
        ConnectionStatus: 'PENDING',
        OwnerAccountId: '123456789012',
        ProviderType: 'GitHub',
      },
    });

    expect(await handshake(ConnectionArn, 'GET')).toBe(405);
    expect(await statusOf(ConnectionArn)).toBe('PENDING');
    expect(await handshake(ConnectionArn)).toBe(200);
    client.destroy();
    await aws.close();
    await open();

    expect(await statusOf(ConnectionArn)).toBe('AVAILABLE');
    expect(await handshake('x/unknown')).toBe(404);
    expect(await handshake('x/')).toBe(404);
  });

  it('carries the name of the API that made it, and answers to both', async () => {
    const input = { ConnectionName: 'azure', ProviderType: 'AzureDevOps' };
    const { ConnectionArn } = await call<{ ConnectionArn: string }>('CreateConnection', input);
    expect(ConnectionArn).toMatch(/^arn:aws:codeconnections:/);

    expect(await statusOf(ConnectionArn)).toBe('PENDING');
    await client.send(new DeleteConnectionCommand({ ConnectionArn }));
    await expect(client.send(new GetConnectionCommand({ ConnectionArn }))).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    );
  });

  it('is listed by provider, a page at a time', async () => {
    for (const name of ['one', 'two', 'three']) {
      await call('CreateConnection', { ConnectionName: name, ProviderType: 'Bitbucket' });
    }

    const filter = { ProviderTypeFilter: 'Bitbucket', MaxResults: 2 } as const;
    const { Connections: first = [], NextToken } = await client.send(new ListConnectionsCommand(filter));
    const { Connections: rest = [], ...end } = await client.send(new ListConnectionsCommand({ ...filter, NextToken }));

    expect([...first, ...rest].map(({ ConnectionName }) => ConnectionName)).toEqual(['one', 'two', 'three']);
    expect(end.NextToken).toBeUndefined();
    await expect(client.send(new ListConnectionsCommand({ NextToken: 'x' }))).rejects.toThrow("NextToken 'x'");
  });

  it('has tags', async () => {
    const Tags = [{ Key: 'team', Value: 'a' }];
    const input = { ConnectionName: 'tagged', ProviderType: 'GitLab', Tags } as const;
    const { ConnectionArn: ResourceArn } = await client.send(
      new CreateConnectionCommand({ ...input, Tags: [...input.Tags] }),
    );

    const more = [
      { Key: 'team', Value: 'b' },
      { Key: 'old', Value: '' },
    ];
    await client.send(new TagResourceCommand({ ResourceArn, Tags: more }));
    await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['old'] }));

    const listed = await client.send(new ListTagsForResourceCommand({ ResourceArn }));
    expect(listed.Tags).toEqual([{ Key: 'team', Value: 'b' }]);
  });

  it.each([
    ['a long name', { ConnectionName: 'n'.repeat(33), ProviderType: 'GitHub' }, /1 to 32 characters/],
    ['an unknown provider', { ConnectionName: 'x', ProviderType: 'Gitea' }, /'Gitea' must be one of/],
    ['no provider', { ConnectionName: 'x' }, /not both, not neither/],
    [
      'an installed provider without its host',
      { ConnectionName: 'x', ProviderType: 'GitLabSelfManaged' },
      /needs a HostArn/,
    ],
    ['a host that is not there', { ConnectionName: 'x', HostArn: 'arn:none' }, /Host not found/],
  ])('is not made with %s', async (_what, input, message) => {
    await expect(call('CreateConnection', input)).rejects.toThrow(message);
  });

  it('to Azure DevOps is not known to the former API', async () => {
    const input = { ConnectionName: 'x', ProviderType: 'AzureDevOps' as 'GitHub' };
    await expect(client.send(new CreateConnectionCommand(input))).rejects.toThrow("'AzureDevOps' must be one of");
  });
});

describe('a host', () => {
  it('must be set up before a connection, and outlives none', async () => {
    const input = {
      Name: 'git',
      ProviderType: 'GitLabSelfManaged',
      ProviderEndpoint: 'https://git.example.com',
    } as const;
    const { HostArn = '' } = await client.send(new CreateHostCommand(input));
    expect(HostArn).toMatch(/:host\/git\/[0-9a-f]{8}$/);
    const connect = () => client.send(new CreateConnectionCommand({ ConnectionName: 'installed', HostArn }));
    await expect(connect()).rejects.toBeInstanceOf(ResourceUnavailableException);

    expect(await handshake(HostArn)).toBe(200);

    await client.send(new UpdateHostCommand({ HostArn, ProviderEndpoint: 'https://git2.example.com' }));
    expect(await client.send(new GetHostCommand({ HostArn }))).toMatchObject({
      Name: 'git',
      ProviderEndpoint: 'https://git2.example.com',
      ProviderType: 'GitLabSelfManaged',
      Status: 'AVAILABLE',
    });
    const { ConnectionArn } = await connect();
    const { Connections } = await client.send(new ListConnectionsCommand({ HostArnFilter: HostArn }));
    expect(Connections).toMatchObject([{ ConnectionArn, HostArn, ProviderType: 'GitLabSelfManaged' }]);
    await expect(client.send(new DeleteHostCommand({ HostArn }))).rejects.toBeInstanceOf(ResourceUnavailableException);
    await client.send(new DeleteConnectionCommand({ ConnectionArn }));
    await client.send(new DeleteHostCommand({ HostArn }));
    expect((await client.send(new ListHostsCommand({}))).Hosts).toEqual([]);
  });

  it('is only for what is installed, at a URL', async () => {
    const make = (over: object) =>
      call('CreateHost', { Name: 'x', ProviderType: 'GitHubEnterpriseServer', ProviderEndpoint: 'https://g', ...over });

    await expect(make({ ProviderType: 'GitHub' })).rejects.toThrow('has no hosts');
    await expect(make({ ProviderEndpoint: 'git.example.com' })).rejects.toThrow('is not a URL');
    await expect(make({ Name: 'n'.repeat(65) })).rejects.toThrow('1 to 64 characters');
  });
});

describe('permissions', () => {
  it('go by the prefix of the ARN, and by the provider of a new connection', async () => {
    const trust = { Effect: 'Allow', Principal: { Service: 'codebuild.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement });
    const { root } = aws.cloud.identities;
    const { Role } = await aws.cloud.call<{ Role: { Arn: string } }>(root, 'iam', 'CreateRole', {
      RoleName: 'reader',
      AssumeRolePolicyDocument: document(trust),
    });
    const PolicyDocument = document([
      { Effect: 'Allow', Action: 'codestar-connections:GetConnection', Resource: '*' },
      {
        Effect: 'Allow',
        Action: 'codeconnections:CreateConnection',
        Resource: '*',
        Condition: { StringEquals: { 'codeconnections:ProviderType': 'GitLab' } },
      },
    ]);
    await aws.cloud.call(root, 'iam', 'PutRolePolicy', { RoleName: 'reader', PolicyName: 'p', PolicyDocument });
    const { principal } = await aws.cloud.identities.assumeRole(Role.Arn, 's', 'codebuild.amazonaws.com');
    const as = (operation: string, input: object) => aws.cloud.call(principal, 'codeconnections', operation, input);
    const { ConnectionArn: former } = await client.send(
      new CreateConnectionCommand({ ConnectionName: 'former', ProviderType: 'GitLab' }),
    );

    await as('GetConnection', { ConnectionArn: former });
    const made = (await as('CreateConnection', { ConnectionName: 'new', ProviderType: 'GitLab' })).ConnectionArn;
    await expect(as('GetConnection', { ConnectionArn: made })).rejects.toThrow('codeconnections:GetConnection');
    await expect(as('CreateConnection', { ConnectionName: 'new', ProviderType: 'GitHub' })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    });
  });

  it('include no UseConnection that a client could call', async () => {
    const command = new ListConnectionsCommand({});
    command.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers['x-amz-target'] = 'CodeStar_connections_20191201.UseConnection';
        return next(args);
      },
      { step: 'build', priority: 'low' },
    );

    await expect(client.send(command)).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });
});

describe('in a template', () => {
  const template = (resources: string) => `
Resources:
${resources}
Outputs:
  Arn: {Value: !Ref New}
  Status: {Value: !GetAtt New.ConnectionStatus}
  Former: {Value: !Ref Former}
`;
  const cloudformation = <O>(operation: string, input: object) =>
    aws.cloud.call<O>(aws.cloud.identities.root, 'cloudformation', operation, input);

  async function outputs(): Promise<Record<string, string>> {
    for (;;) {
      const { Stacks } = await cloudformation<{
        Stacks: { StackStatus: string; Outputs?: { OutputKey: string; OutputValue: string }[] }[];
      }>('DescribeStacks', { StackName: 'connections' });
      const [stack] = Stacks;
      if (stack?.StackStatus.endsWith('_COMPLETE') === true) {
        return Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('is complete while PENDING, keeps its ARN over new tags, and goes with the stack', async () => {
    const resources = (tag: string) => `
  New:
    Type: AWS::CodeConnections::Connection
    Properties: {ConnectionName: new, ProviderType: GitHub, Tags: [{Key: team, Value: ${tag}}]}
  Former:
    Type: AWS::CodeStarConnections::Connection
    Properties: {ConnectionName: former, ProviderType: Bitbucket}`;
    await cloudformation('CreateStack', { StackName: 'connections', TemplateBody: template(resources('a')) });
    const before = await outputs();
    expect(before).toMatchObject({
      Arn: expect.stringContaining(':codeconnections:'),
      Former: expect.stringContaining(':codestar-connections:'),
      Status: 'PENDING',
    });

    await cloudformation('UpdateStack', { StackName: 'connections', TemplateBody: template(resources('b')) });

    expect(await outputs()).toMatchObject({ Arn: before.Arn });
    const { Tags } = await call<{ Tags: { Key: string; Value: string }[] }>('ListTagsForResource', {
      ResourceArn: before.Arn,
    });
    expect(Tags.find(({ Key }) => Key === 'team')?.Value).toBe('b');
    await cloudformation('DeleteStack', { StackName: 'connections' });
    await expect.poll(() => statusOf(before.Arn ?? '').catch(() => 'gone'), { timeout: 10_000 }).toBe('gone');
  });
});

const hasCli = spawnSync('aws', ['codeconnections', 'help']).status === 0;

describe.skipIf(!hasCli)('the AWS CLI (skipped where there is no `aws codeconnections`)', () => {
  it.each(['codeconnections', 'codestar-connections'])(
    'creates, reads and deletes by %s',
    async (service) => {
      const cli = async (...args: string[]): Promise<string> => {
        const env = {
          ...process.env,
          AWS_ENDPOINT_URL: aws.endpointUrl,
          AWS_DEFAULT_REGION: aws.region,
          AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
        };
        const run = promisify(execFile)('aws', [service, ...args, '--output', 'text'], { env });
        return (await run).stdout.trim();
      };

      const named = ['--connection-name', 'cli', '--provider-type', 'GitHub', '--query', 'ConnectionArn'];
      const arn = await cli('create-connection', ...named);
      expect(arn).toMatch(new RegExp(`^arn:aws:${service}:`));
      const get = ['get-connection', '--connection-arn', arn, '--query', 'Connection.ConnectionStatus'];
      expect(await cli(...get)).toBe('PENDING');
      await handshake(arn);
      expect(await cli(...get)).toBe('AVAILABLE');
      await cli('delete-connection', '--connection-arn', arn);
      await expect(cli(...get)).rejects.toThrow('ResourceNotFoundException');
    },
    60_000,
  );
});
