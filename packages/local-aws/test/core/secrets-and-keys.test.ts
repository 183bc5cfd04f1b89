import * as kmsSdk from '@aws-sdk/client-kms';
import * as sm from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestAws, type TestAws } from './test-aws.ts';

let test: TestAws;
let secrets: sm.SecretsManagerClient;
let kms: kmsSdk.KMSClient;
beforeEach(async () => {
  test = await startTestAws({ services: ['iam', 'kms', 'secretsmanager', 'sts'] });
  secrets = new sm.SecretsManagerClient(test.client);
  kms = new kmsSdk.KMSClient(test.client);
});
afterEach(() => test.end());

const create = (SecretString: string, over: object = {}) =>
  secrets.send(new sm.CreateSecretCommand({ Name: 'gitsource/x', SecretString, ...over }));
const read = (over: object = {}) => secrets.send(new sm.GetSecretValueCommand({ SecretId: 'gitsource/x', ...over }));

describe('Secrets Manager', () => {
  it('finds a secret by name, ARN and ARN without its random end', async () => {
    const { ARN = '' } = await create('s3cret');

    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:gitsource\/x-[A-Za-z0-9]{6}$/);
    for (const SecretId of ['gitsource/x', ARN, ARN.slice(0, -7)]) {
      await expect(read({ SecretId })).resolves.toMatchObject({
        ARN,
        SecretString: 's3cret',
        VersionStages: ['AWSCURRENT'],
      });
    }
  });

  it('moves stages as values are put: current, previous, pending', async () => {
    await create('one');
    await secrets.send(new sm.PutSecretValueCommand({ SecretId: 'gitsource/x', SecretString: 'two' }));
    const three = { SecretId: 'gitsource/x', SecretString: 'three', VersionStages: ['AWSPENDING'] };
    const { VersionId: pending } = await secrets.send(new sm.PutSecretValueCommand(three));

    await expect(read()).resolves.toMatchObject({ SecretString: 'two' });
    await expect(read({ VersionStage: 'AWSPREVIOUS' })).resolves.toMatchObject({ SecretString: 'one' });
    const { VersionId: current } = await read();
    const move = { SecretId: 'gitsource/x', VersionStage: 'AWSCURRENT', MoveToVersionId: pending };
    await expect(secrets.send(new sm.UpdateSecretVersionStageCommand(move))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await secrets.send(new sm.UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: current }));
    await expect(read()).resolves.toMatchObject({ SecretString: 'three' });
    await expect(read({ VersionStage: 'AWSPREVIOUS' })).resolves.toMatchObject({ SecretString: 'two' });
  });

  it('takes a repeated request for one, and refuses another value under its token', async () => {
    await create('one');
    const put = (SecretString: string) => {
      const ClientRequestToken = '00000000-0000-4000-8000-000000000001';
      return secrets.send(new sm.PutSecretValueCommand({ SecretId: 'gitsource/x', SecretString, ClientRequestToken }));
    };

    await put('two');
    await expect(put('two')).resolves.toMatchObject({ VersionId: '00000000-0000-4000-8000-000000000001' });
    await expect(put('three')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('keeps bytes', async () => {
    const SecretBinary = Uint8Array.from([0, 255, 10]);
    await secrets.send(new sm.CreateSecretCommand({ Name: 'gitsource/x', SecretBinary }));

    expect(Buffer.from((await read()).SecretBinary ?? [])).toEqual(Buffer.from(SecretBinary));
  });

  it('hides a secret marked for deletion until it is restored', async () => {
    await create('one');
    await secrets.send(new sm.DeleteSecretCommand({ SecretId: 'gitsource/x' }));

    await expect(read()).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(create('two')).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await secrets.send(new sm.RestoreSecretCommand({ SecretId: 'gitsource/x' }));
    await expect(read()).resolves.toMatchObject({ SecretString: 'one' });
    await secrets.send(new sm.DeleteSecretCommand({ SecretId: 'gitsource/x', ForceDeleteWithoutRecovery: true }));
    await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('refuses a reader who may not use the key', async () => {
    const { cloud } = test.aws;
    const { KeyMetadata } = await kms.send(new kmsSdk.CreateKeyCommand({}));
    await create('one', { KmsKeyId: KeyMetadata?.Arn });
    const Get = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' } as const;
    const via = { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } };
    const Decrypt = {
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: KeyMetadata?.Arn ?? '',
      Condition: via,
    } as const;
    const as = (...Statement: (typeof Get | typeof Decrypt)[]) => {
      const { principal } = cloud.identities.issue('reader', { Statement }, 60_000);
      return cloud.call(principal, 'secretsmanager', 'GetSecretValue', { SecretId: 'gitsource/x' });
    };

    await expect(as(Get)).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining('KMS'),
    });
    await expect(as(Get, Decrypt)).resolves.toMatchObject({ SecretString: 'one' });
  });

  it('makes passwords of the kinds asked for', async () => {
    const ask = { PasswordLength: 12, ExcludePunctuation: true, ExcludeCharacters: 'aA0', IncludeSpace: false };
    const { RandomPassword = '' } = await secrets.send(new sm.GetRandomPasswordCommand(ask));

    expect(RandomPassword).toMatch(/^(?=.*[b-z])(?=.*[B-Z])(?=.*[1-9])[b-zB-Z1-9]{12}$/);
  });
});

describe('KMS', () => {
  it('decrypts only with the same encryption context', async () => {
    const { KeyMetadata } = await kms.send(new kmsSdk.CreateKeyCommand({}));
    const EncryptionContext = { a: '1', b: '2' };
    const { CiphertextBlob } = await kms.send(
      new kmsSdk.EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('x'), EncryptionContext }),
    );

    const { Plaintext } = await kms.send(
      new kmsSdk.DecryptCommand({ CiphertextBlob, EncryptionContext: { b: '2', a: '1' } }),
    );
    expect(Buffer.from(Plaintext ?? []).toString()).toBe('x');
    for (const wrong of [{}, { a: '1', b: '3' }]) {
      const call = kms.send(new kmsSdk.DecryptCommand({ CiphertextBlob, EncryptionContext: wrong }));
      await expect(call).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    }
  });

  it('refuses a disabled key and one awaiting deletion', async () => {
    const { KeyMetadata } = await kms.send(new kmsSdk.CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId;
    const use = () => kms.send(new kmsSdk.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));

    await expect(use()).resolves.toMatchObject({ KeyId: KeyMetadata?.Arn });
    await kms.send(new kmsSdk.DisableKeyCommand({ KeyId }));
    await expect(use()).rejects.toMatchObject({ name: 'DisabledException' });
    await kms.send(new kmsSdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await expect(use()).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
  });

  it('asks the key policy: a caller whom it does not name needs no more than that to be refused', async () => {
    const { cloud } = test.aws;
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:role/other' }, Action: 'kms:*', Resource: '*' },
      ],
    });
    const { KeyMetadata } = await kms.send(new kmsSdk.CreateKeyCommand({ Policy }));
    const all = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } as const;
    const { principal } = cloud.identities.issue('job', all, 60_000);

    const call = cloud.call(principal, 'kms', 'DescribeKey', { KeyId: KeyMetadata?.KeyId });
    await expect(call).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining('key policy'),
    });
  });

  it('has the AWS managed keys from the start, for their service only', async () => {
    const { cloud } = test.aws;
    const { principal } = cloud.identities.issue(
      'job',
      { Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } },
      60_000,
    );
    const use = (viaService?: string) => {
      const caller = viaService === undefined ? principal : { ...principal, viaService };
      return cloud.call(caller, 'kms', 'GenerateDataKey', { KeyId: 'alias/aws/s3', KeySpec: 'AES_256' });
    };

    await expect(use('s3.us-east-1.amazonaws.com')).resolves.toBeDefined();
    await expect(use()).rejects.toMatchObject({ code: 'AccessDeniedException' });
  });

  it('follows an alias to where it points now', async () => {
    const keys = await Promise.all([1, 2].map(() => kms.send(new kmsSdk.CreateKeyCommand({}))));
    const [first, second] = keys.map(({ KeyMetadata }) => KeyMetadata?.KeyId ?? '');
    const AliasName = 'alias/gitsource';
    const target = async () => (await kms.send(new kmsSdk.DescribeKeyCommand({ KeyId: AliasName }))).KeyMetadata?.KeyId;

    await kms.send(new kmsSdk.CreateAliasCommand({ AliasName, TargetKeyId: first }));
    expect(await target()).toBe(first);
    await kms.send(new kmsSdk.UpdateAliasCommand({ AliasName, TargetKeyId: second }));
    expect(await target()).toBe(second);
    await kms.send(new kmsSdk.DeleteAliasCommand({ AliasName }));
    await expect(target()).rejects.toMatchObject({ name: 'NotFoundException' });
  });
});
