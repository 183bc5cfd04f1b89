import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  type ParameterMetadata,
  PutParameterCommand,
  type PutParameterCommandInput,
  RemoveTagsFromResourceCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyStatement } from '../cloud/cloud.ts';
import { type LocalAws, startLocalAws } from '../start-local-aws.ts';

let dataFolder: string;
let aws: LocalAws;
let ssm: SSMClient;

beforeAll(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'local-ssm-'));
  await start();
});

afterAll(async () => {
  ssm.destroy();
  await aws.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  aws = await startLocalAws({ dataFolder, services: ['iam', 'kms', 'ssm', 'sts'] });
  ssm = new SSMClient(clientSettings());
}

function clientSettings() {
  return { endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials, maxAttempts: 1 };
}

/** A client of somebody who may do only this. */
function clientOf(...statements: readonly Omit<PolicyStatement, 'Effect'>[]): SSMClient {
  const Statement = statements.map((statement) => ({ Effect: 'Allow', ...statement }) as const);
  const { credentials } = aws.cloud.identities.issue('limited', { Statement }, 60_000);
  return new SSMClient({ ...clientSettings(), credentials });
}

function arn(path: string): string {
  return `arn:aws:ssm:us-east-1:123456789012:parameter${path}`;
}

function put(Name: string, Value: string, over: Partial<PutParameterCommandInput> = {}) {
  return ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...over }));
}

async function read(Name: string, client = ssm): Promise<string | undefined> {
  return (await client.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter?.Value;
}

describe('a parameter', () => {
  it('is put, overwritten, read by version, and deleted', async () => {
    expect(await put('/lane/one', 'a', { Description: 'd' })).toMatchObject({ Version: 1, Tier: 'Standard' });
    await expect(put('/lane/one', 'b')).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
    expect(await put('/lane/one', 'b', { Overwrite: true, Type: undefined })).toMatchObject({ Version: 2 });

    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/lane/one' }));
    expect(Parameter).toMatchObject({ Name: '/lane/one', Type: 'String', Value: 'b', Version: 2, DataType: 'text' });
    expect(Parameter?.ARN).toBe(arn('/lane/one'));
    expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
    const first = await ssm.send(new GetParameterCommand({ Name: '/lane/one:1' }));
    expect(first.Parameter).toMatchObject({ Value: 'a', Version: 1, Selector: ':1' });
    expect(await read(arn('/lane/one'))).toBe('b');
    await expect(read('/lane/one:3')).rejects.toMatchObject({ name: 'ParameterVersionNotFound' });
    const { Parameters = [] } = await ssm.send(new GetParameterHistoryCommand({ Name: '/lane/one' }));
    expect(Parameters.map(({ Version, Value, Description }) => [Version, Value, Description])).toEqual([
      [1, 'a', 'd'],
      [2, 'b', 'd'],
    ]);

    await ssm.send(new DeleteParameterCommand({ Name: '/lane/one' }));
    await expect(read('/lane/one')).rejects.toMatchObject({ name: 'ParameterNotFound' });
    const again = new DeleteParameterCommand({ Name: '/lane/one' });
    await expect(ssm.send(again)).rejects.toMatchObject({ name: 'ParameterNotFound' });
  });

  it('has at most a hundred versions', async () => {
    for (let n = 1; n <= 101; n++) await put('many', String(n), { Overwrite: true });

    expect(await read('many')).toBe('101');
    expect(await read('many:2')).toBe('2');
    await expect(read('many:1')).rejects.toMatchObject({ name: 'ParameterVersionNotFound' });
  });

  it('is refused by the name that AWS gives the reason', async () => {
    await put('text', 'x');
    const refusals: readonly [Partial<PutParameterCommandInput>, string][] = [
      [{ Name: 'a b' }, 'ValidationException'],
      [{ Name: 'path/without/slash' }, 'ValidationException'],
      [{ Name: '/ends/' }, 'ValidationException'],
      [{ Name: '/SSM/x' }, 'ValidationException'],
      [{ Name: '/aws/x' }, 'AccessDeniedException'],
      [{ Name: '/a'.repeat(16) }, 'HierarchyLevelLimitExceededException'],
      [{ Name: 'x'.repeat(1012) }, 'ValidationException'],
      [{ Value: 'ü'.repeat(2049) }, 'ValidationException'],
      [{ Value: '' }, 'ValidationException'],
      [{ Type: undefined }, 'ValidationException'],
      [{ Tier: 'Advanced' }, 'ValidationException'],
      [{ AllowedPattern: '^x$' }, 'ValidationException'],
      [{ KeyId: 'alias/aws/ssm' }, 'ValidationException'],
      [{ Type: 'SecureString', KeyId: 'alias/none' }, 'InvalidKeyId'],
      [{ Name: 'text', Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }, 'ValidationException'],
      [{ Name: 'text', Overwrite: true, Type: 'StringList' }, 'HierarchyTypeMismatchException'],
      [{ Tags: [{ Key: 'aws:x', Value: 'b' }] }, 'ValidationException'],
    ];
    for (const [change, name] of refusals) {
      await expect(put('refused', 'x', change), JSON.stringify(change).slice(0, 80)).rejects.toMatchObject({ name });
    }
    await expect(read('refused')).rejects.toMatchObject({ name: 'ParameterNotFound' });
  });

  it('may be as long as four kilobytes', async () => {
    const value = 'x'.repeat(4096);

    await put('longest', value);
    await put('longest-secret', value, { Type: 'SecureString' });

    expect(await read('longest')).toBe(value);
    expect(await read('longest-secret')).toBe(value);
  });

  it('is kept with its versions over a restart', async () => {
    await put('/kept', 'one');
    await put('/kept', 'two', { Overwrite: true });

    ssm.destroy();
    await aws.close();
    await start();

    expect(await read('/kept:1')).toBe('one');
    expect(await put('/kept', 'three', { Overwrite: true })).toMatchObject({ Version: 3 });
  });
});

describe('a SecureString', () => {
  it('is encrypted by KMS as the caller, and given only to who may decrypt', async () => {
    const kms = new KMSClient(clientSettings());
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    kms.destroy();
    const KeyId = KeyMetadata?.Arn ?? '';
    await put('/secret', 'hunter2-hunter2', { Type: 'SecureString', KeyId });
    const reads = { Action: 'ssm:GetParameter', Resource: arn('/secret') };
    const context = { 'kms:EncryptionContext:PARAMETER_ARN': arn('/secret') };
    const decrypts = { Action: 'kms:Decrypt', Resource: KeyId, Condition: { StringEquals: context } };

    const sealed = await ssm.send(new GetParameterCommand({ Name: '/secret' }));

    expect(sealed.Parameter?.Type).toBe('SecureString');
    expect(sealed.Parameter?.Value).not.toContain('hunter2');
    expect(await read('/secret', clientOf(reads, decrypts))).toBe('hunter2-hunter2');
    await expect(read('/secret', clientOf(reads))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('kms:Decrypt'),
    });
    expect(readFileSync(join(dataFolder, 'calls.jsonl'), 'utf8')).not.toContain('hunter2');
  });
});

describe('parameters', () => {
  it('are read, described and deleted together', async () => {
    for (const name of ['/all/b', '/all/a', '/all/deep/c', '/allother']) await put(name, name);
    const names = (found: readonly { Name?: string | undefined }[] = []) => new Set(found.map(({ Name }) => Name));

    const some = await ssm.send(new GetParametersCommand({ Names: ['/all/a', '/none', '/all/b:7'] }));
    const level = await ssm.send(new GetParametersByPathCommand({ Path: '/all' }));
    const deep = await ssm.send(new GetParametersByPathCommand({ Path: '/all/', Recursive: true, MaxResults: 2 }));
    const rest = new GetParametersByPathCommand({ Path: '/all/', Recursive: true, NextToken: deep.NextToken });
    const described = await ssm.send(
      new DescribeParametersCommand({ ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['/all'] }] }),
    );

    expect(names(some.Parameters)).toEqual(new Set(['/all/a']));
    expect(some.InvalidParameters).toEqual(['/none', '/all/b:7']);
    expect(names(level.Parameters)).toEqual(new Set(['/all/a', '/all/b']));
    expect(names([...(deep.Parameters ?? []), ...((await ssm.send(rest)).Parameters ?? [])])).toEqual(
      new Set(['/all/a', '/all/b', '/all/deep/c']),
    );
    expect(names(described.Parameters)).toEqual(new Set(['/all/a', '/all/b', '/all/deep/c', '/allother']));
    const [one]: readonly ParameterMetadata[] = described.Parameters ?? [];
    expect(one).toMatchObject({ Tier: 'Standard', Version: 1, LastModifiedUser: 'arn:aws:iam::123456789012:root' });
    expect(one).not.toHaveProperty('Value');
    const many = new GetParametersCommand({ Names: Array.from({ length: 11 }, (_, n) => `n${n}`) });
    await expect(ssm.send(many)).rejects.toMatchObject({ name: 'ValidationException' });
    const unknown = new DescribeParametersCommand({ ParameterFilters: [{ Key: 'Label', Values: ['x'] }] });
    await expect(ssm.send(unknown)).rejects.toMatchObject({ name: 'InvalidFilterKey' });

    const deleted = await ssm.send(new DeleteParametersCommand({ Names: ['/all/a', '/none'] }));
    expect(deleted).toMatchObject({ DeletedParameters: ['/all/a'], InvalidParameters: ['/none'] });
  });

  it('have tags, which find them', async () => {
    await put('tagged', 'x', { Tags: [{ Key: 'lane', Value: 'build' }] });
    const resource = { ResourceType: 'Parameter', ResourceId: 'tagged' } as const;

    await ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'team', Value: 'a' }] }));
    const { TagList } = await ssm.send(new ListTagsForResourceCommand(resource));
    const ParameterFilters = [{ Key: 'tag:lane', Values: ['build'] }];
    const { Parameters } = await ssm.send(new DescribeParametersCommand({ ParameterFilters }));
    await ssm.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ['lane'] }));

    expect(TagList).toEqual([
      { Key: 'lane', Value: 'build' },
      { Key: 'team', Value: 'a' },
    ]);
    expect(Parameters).toMatchObject([{ Name: 'tagged' }]);
    expect((await ssm.send(new ListTagsForResourceCommand(resource))).TagList).toEqual([{ Key: 'team', Value: 'a' }]);
    const none = new ListTagsForResourceCommand({ ...resource, ResourceId: 'none' });
    await expect(ssm.send(none)).rejects.toMatchObject({ name: 'InvalidResourceId' });
  });

  it('are given to who may have that path, and overwritten by who may do so', async () => {
    await put('/own/x', 'x');
    await put('/others/x', 'x');
    const Resource = arn('/own/*');
    const client = clientOf(
      { Action: ['ssm:GetParameter', 'ssm:GetParameters'], Resource },
      { Action: 'ssm:PutParameter', Resource, Condition: { StringEquals: { 'ssm:Overwrite': 'false' } } },
    );
    const denied = { name: 'AccessDeniedException' };

    expect(await read('/own/x', client)).toBe('x');
    await expect(read('/others/x', client)).rejects.toMatchObject(denied);
    const both = new GetParametersCommand({ Names: ['/own/x', '/others/x'] });
    await expect(client.send(both)).rejects.toMatchObject(denied);
    const value = { Value: 'y', Type: 'String' } as const;
    await client.send(new PutParameterCommand({ ...value, Name: '/own/y' }));
    const over = new PutParameterCommand({ ...value, Name: '/own/y', Overwrite: true });
    await expect(client.send(over)).rejects.toMatchObject(denied);
    const tagging = new PutParameterCommand({ ...value, Name: '/own/z', Tags: [{ Key: 'a', Value: 'b' }] });
    await expect(client.send(tagging)).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining('ssm:AddTagsToResource'),
    });
  });
});
