import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileCollections } from '../../src/cloud/file-collections.ts';
import { startTestAws } from './test-aws.ts';

let dataFolder: string;
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'local-aws-'));
});
afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

describe('a data folder', () => {
  it('resumes keys, sessions, queues and messages on another port', async () => {
    const before = await startTestAws({ dataFolder });
    const policy = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } } as const;
    const { credentials } = before.aws.cloud.identities.issue('job', policy, 60_000);
    const sqs = new SQSClient(before.client);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }));
    await before.aws.close();

    const after = await startTestAws({ dataFolder });
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const own = new STSClient({ ...after.client, credentials: { accessKeyId, secretAccessKey, sessionToken } });
    expect(after.aws.credentials.accessKeyId).toBe(before.aws.credentials.accessKeyId);
    await expect(own.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({ Account: '123456789012' });
    const url = QueueUrl?.replace(before.aws.endpointUrl, after.aws.endpointUrl);
    const { Messages } = await new SQSClient(after.client).send(new ReceiveMessageCommand({ QueueUrl: url }));
    expect(Messages).toMatchObject([{ Body: 'kept' }]);
    await after.aws.close();
  });

  it('survives a kill -9 amid writes with whole files', async () => {
    const source = new URL('../../src/cloud/file-collections.ts', import.meta.url).href;
    const program = `
      import { FileCollections } from '${source}';
      const collection = new FileCollections(process.argv[1]).collection('a/b');
      let n = 0;
      setInterval(() => { for (let i = 0; i < 50; i++) collection.set('key' + (n % 500), { n: n++, text: 'x'.repeat(1000) }); }, 1);
      setTimeout(() => process.stdout.write('ready'), 500);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, dataFolder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));

    const collection = new FileCollections(dataFolder).collection<{ text: string }>('a/b');
    expect(collection.size).toBeGreaterThan(0);
    for (const { text } of collection.values()) expect(text).toHaveLength(1000);
  });

  it('says which file is damaged', () => {
    const collections = new FileCollections(dataFolder);
    collections.collection('x');
    writeFileSync(join(dataFolder, 'x.json'), '[["a",');

    expect(() => new FileCollections(dataFolder).collection('x')).toThrow(/x\.json is not JSON/);
  });

  it('holds no secret in the call log, and no plain secret value anywhere', async () => {
    const test = await startTestAws({ dataFolder });
    const { cloud } = test.aws;
    await cloud.call(cloud.identities.root, 'secretsmanager', 'CreateSecret', {
      Name: 'n',
      SecretString: 'hunter2-hunter2',
    });
    await test.aws.close();

    expect(readFileSync(test.aws.callLog, 'utf8')).not.toContain('hunter2');
    expect(readFileSync(join(dataFolder, 'state/secretsmanager/secrets.json'), 'utf8')).not.toContain('hunter2');
  });
});
