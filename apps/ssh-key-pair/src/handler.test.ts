import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { parseConnection } from '@gitsource/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Account, SECRET, STACK } from '../test/account.ts';
import { readPublicKey } from './read-public-key.ts';

const PLAIN = { SecretName: SECRET, Host: 'git.example.com' };

let account: Account;
beforeEach(async () => {
  account = await Account.start();
});
afterEach(() => account.close());

async function storedKey(name = SECRET, stage?: string): Promise<string | undefined> {
  return readPublicKey(String((await account.value(name, stage))?.sshPrivateKey))?.line;
}

/** The public key that was answered, without its comment. */
function answered({ Data }: { readonly Data?: Readonly<Record<string, string>> }): string {
  return (Data?.PublicKey ?? '').split(' ').slice(0, 2).join(' ');
}

describe('Create', () => {
  it('makes a pair, keeps the private half as a connection, and answers with the public half', async () => {
    const request = account.request('Create', {
      ...PLAIN,
      Provider: 'gitlab',
      KnownHosts: 'git.example.com ssh-ed25519 AAAA',
      WebhookSecret: 'hook',
      AllowedRepositories: ['group/**'],
      Comment: 'ci',
      Username: '',
      OauthKey: 'k',
      OauthSecret: 's',
      WebhookAllowedIps: '192.0.2.0/24, 198.51.100.0/24',
    });
    const response = await account.handle(request);

    const { sshPrivateKey, ...rest } = (await account.value()) ?? {};
    expect(rest).toEqual({
      provider: 'gitlab',
      host: 'git.example.com',
      knownHosts: 'git.example.com ssh-ed25519 AAAA',
      webhookSecret: 'hook',
      allowedRepositories: ['group/**'],
      oauth: { key: 'k', secret: 's' },
      webhookAllowedIps: ['192.0.2.0/24', '198.51.100.0/24'],
    });
    expect(response).toEqual({
      Status: 'SUCCESS',
      PhysicalResourceId: SECRET,
      StackId: STACK,
      RequestId: request.RequestId,
      LogicalResourceId: 'KeyPair',
      Data: {
        PublicKey: `${readPublicKey(String(sshPrivateKey))?.line} ci`,
        Fingerprint: expect.stringMatching(/^SHA256:/),
        KeyType: 'ed25519',
        SecretArn: (await account.describe())?.ARN,
        SecretName: SECRET,
      },
    });
    expect(parseConnection(SECRET, JSON.stringify(await account.value())).sshPrivateKey).toBe(sshPrivateKey);
  });

  it('gives the same key to the same request again, and to two at once', async () => {
    const request = account.request('Create', PLAIN);

    const responses = await Promise.all([account.handle(request), account.handle(request)]);
    const again = await account.handle(request);

    expect(new Set([...account.responses].map(answered)).size).toBe(1);
    expect(answered(again)).toBe(await storedKey());
    expect(responses.every(({ Status }) => Status === 'SUCCESS')).toBe(true);
    expect(await account.versions()).toBe(1);
  });

  it('changes nothing when it comes late, after an update', async () => {
    const create = account.request('Create', PLAIN);
    await account.handle(create);
    await account.handle(account.update(PLAIN, { ...PLAIN, Generation: '2' }));
    const before = await account.value();

    expect((await account.handle(create)).Status).toBe('SUCCESS');
    expect(await account.value()).toEqual(before);
  });

  it('takes no secret that it did not make, and its Delete leaves that alone', async () => {
    const SecretString = JSON.stringify({ host: 'h', token: 't' });
    await account.secretsManager.send(new CreateSecretCommand({ Name: SECRET, SecretString }));

    const refused = await account.handle(account.request('Create', PLAIN));
    const undone = await account.handle(account.request('Delete', PLAIN));

    expect(refused).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'KeyPair-not-made' });
    expect(refused.Reason).toMatch(/^\[ssh-key-pair\/secret-not-owned\] The secret gitsource\/my-git exists/);
    expect(undone.Status).toBe('SUCCESS');
    expect(await account.value()).toEqual({ host: 'h', token: 't' });
  });

  it('says how to free a name that waits for deletion, and takes it back for the same resource', async () => {
    const first = await account.handle(account.request('Create', PLAIN));
    await account.handle(account.request('Delete', PLAIN));

    const refused = await account.handle(account.request('Create', PLAIN, { StackId: `${STACK}-other` }));
    const again = await account.handle(account.request('Create', PLAIN));

    expect(refused.Reason).toContain('[ssh-key-pair/secret-being-deleted]');
    expect(refused.Reason).toContain('--force-delete-without-recovery --secret-id gitsource/my-git');
    expect(answered(again)).toBe(answered(first));
    expect(await storedKey()).toBe(answered(first));
  });

  it.each([
    [{}, 'SecretName must be given'],
    [{ ...PLAIN, SecretName: 'a b' }, 'SecretName must be 1 to 256 of'],
    [{ ...PLAIN, KeyType: 'dsa' }, 'KeyType must be ed25519 or rsa'],
    [{ ...PLAIN, Hots: 'x' }, 'Hots not known (known: ServiceToken'],
    [{ ...PLAIN, RecoveryWindowInDays: '3' }, 'RecoveryWindowInDays must be 7 to 30'],
    [{ ...PLAIN, Comment: 'two\nlines' }, 'Comment must be 1 to 200 printable'],
    [{ ...PLAIN, KeyType: 'dsa', Comment: 'é' }, /KeyType.*; Comment/],
    [{ SecretName: SECRET }, '"host" must be string and present'],
    [{ ...PLAIN, Host: 'https://git.example.com/' }, '"host" must be a host name'],
    [{ ...PLAIN, ApiUrl: 'http://git.example.com' }, '"apiUrl" must be an https:// URL'],
    [{ ...PLAIN, OauthKey: 'k' }, '"oauth.secret" must be string and present'],
  ])('refuses the properties %j, and its Delete succeeds', async (properties, reason) => {
    const refused = await account.handle(account.request('Create', properties));
    const PhysicalResourceId = refused.PhysicalResourceId;
    const undone = await account.handle(account.request('Delete', properties, { PhysicalResourceId }));

    expect(refused.Status).toBe('FAILED');
    expect(refused.Reason).toMatch(/^\[ssh-key-pair\/properties-invalid\]/);
    expect(refused.Reason).toEqual(
      typeof reason === 'string' ? expect.stringContaining(reason) : expect.stringMatching(reason),
    );
    expect(undone).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
    expect(await account.describe()).toBeUndefined();
  });
});

describe('Update', () => {
  it('keeps the key, and what was set by hand, when other properties change', async () => {
    const former = { ...PLAIN, WebhookSecret: 'old', Username: 'u' };
    const created = await account.handle(account.request('Create', former));
    const byHand: Record<string, unknown> = { ...(await account.value()), webhookAllowSha1: true };
    await account.secretsManager.send(
      new PutSecretValueCommand({ SecretId: SECRET, SecretString: JSON.stringify(byHand) }),
    );

    const updated = await account.handle(account.update(former, { ...PLAIN, WebhookSecret: 'new' }));

    expect(answered(updated)).toBe(answered(created));
    const { sshPrivateKey, ...rest } = (await account.value()) ?? {};
    expect(rest).toEqual({ host: 'git.example.com', webhookSecret: 'new', webhookAllowSha1: true });
    expect(sshPrivateKey).toBe(byHand.sshPrivateKey);
    expect((await account.value(SECRET, 'AWSPREVIOUS'))?.webhookSecret).toBe('old');
  });

  it('keeps a key that was put in by hand', async () => {
    await account.handle(account.request('Create', PLAIN));
    const other = await Account.start();
    await other.handle(other.request('Create', PLAIN));
    const value = JSON.stringify(await other.value());
    await other.close();
    await account.secretsManager.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: value }));

    const updated = await account.handle(account.update(PLAIN, { ...PLAIN, Provider: 'gitea' }));

    expect(answered(updated)).toBe(readPublicKey(String(JSON.parse(value).sshPrivateKey))?.line);
  });

  it.each([
    [{ ...PLAIN, KeyType: 'rsa' }, /^ssh-rsa /],
    [{ ...PLAIN, Generation: '2' }, /^ssh-ed25519 /],
  ])('makes a new pair for %j, once, and keeps the old as AWSPREVIOUS', async (wanted, kind) => {
    const created = await account.handle(account.request('Create', PLAIN));
    const update = account.update(PLAIN, wanted);

    const updated = await account.handle(update);
    const again = await account.handle(update);

    expect(answered(updated)).toMatch(kind);
    expect(answered(updated)).not.toBe(answered(created));
    expect(answered(again)).toBe(answered(updated));
    expect([await storedKey(), await storedKey(SECRET, 'AWSPREVIOUS')]).toEqual([answered(updated), answered(created)]);
    expect(await account.versions()).toBe(2);
  });

  it('returns to the former key when it is rolled back', async () => {
    const created = await account.handle(account.request('Create', PLAIN));
    const wanted = { ...PLAIN, KeyType: 'rsa', KnownHosts: 'x' };
    await account.handle(account.update(PLAIN, wanted));

    const back = await account.handle(account.update(wanted, PLAIN));

    expect(answered(back)).toBe(answered(created));
    expect(await storedKey()).toBe(answered(created));
    expect(await account.value()).not.toHaveProperty('knownHosts');
  });

  it('moves the key to the secret of another name, whose Delete then takes the old one', async () => {
    const created = await account.handle(account.request('Create', PLAIN));
    const wanted = { ...PLAIN, SecretName: 'gitsource/renamed' };

    const updated = await account.handle(account.update(PLAIN, wanted));
    await account.handle(account.request('Delete', { ...PLAIN, RecoveryWindowInDays: '0' }));

    expect(updated.PhysicalResourceId).toBe('gitsource/renamed');
    expect([answered(updated), await storedKey('gitsource/renamed')]).toEqual([answered(created), answered(created)]);
    expect(await account.describe()).toBeUndefined();
  });

  it.each([
    ['0', 'with a new key'],
    ['7', 'with its key, which can be restored'],
  ])('makes the secret again when somebody deleted it (window %s), %s', async (RecoveryWindowInDays) => {
    const created = await account.handle(account.request('Create', PLAIN));
    await account.handle(account.request('Delete', { ...PLAIN, RecoveryWindowInDays }));

    const updated = await account.handle(account.update(PLAIN, { ...PLAIN, Provider: 'gitea' }));

    expect(await storedKey()).toBe(answered(updated));
    expect(await account.value()).toHaveProperty('provider', 'gitea');
    expect(answered(updated) === answered(created)).toBe(RecoveryWindowInDays === '7');
  });

  it('changes the KMS key only when that property changes', async () => {
    const { KeyMetadata } = await account.aws.cloud.call<{ KeyMetadata: { readonly Arn: string } }>(
      account.aws.cloud.identities.root,
      'kms',
      'CreateKey',
      {},
    );
    const encrypted = { ...PLAIN, SecretsKmsKeyId: KeyMetadata.Arn };
    const created = await account.handle(account.request('Create', PLAIN));
    await account.handle(account.update(PLAIN, { ...PLAIN, Provider: 'gitea' }));
    expect(account.outputs.has('UpdateSecretCommand')).toBe(false);

    const there = await account.handle(account.update(PLAIN, encrypted));
    expect(account.outputs.has('UpdateSecretCommand')).toBe(true);
    const back = await account.handle(account.update(encrypted, PLAIN));

    expect([answered(there), answered(back)]).toEqual([answered(created), answered(created)]);
  });

  it('makes a new pair where the stored value holds no key any more', async () => {
    await account.handle(account.request('Create', { ...PLAIN, KeyType: 'ed25519' }));
    await account.secretsManager.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: 'oops' }));

    const updated = await account.handle(account.update(PLAIN, { ...PLAIN, Generation: '2' }));

    expect(await storedKey()).toBe(answered(updated));
  });

  it('understands a request whose former properties were refused, as in a rollback', async () => {
    const created = await account.handle(account.request('Create', PLAIN));
    const wrong = { ...PLAIN, KeyType: 'dsa', Hots: 'x' };
    expect((await account.handle(account.update(PLAIN, wrong))).PhysicalResourceId).toBe(SECRET);

    const back = await account.handle(account.update(wrong, PLAIN));

    expect([back.Status, answered(back)]).toEqual(['SUCCESS', answered(created)]);
  });
});

describe('Delete', () => {
  it.each([
    [{}, 30],
    [{ RecoveryWindowInDays: '7' }, 7],
  ])('with %j leaves the secret to be restored for %i days', async (properties, days) => {
    await account.handle(account.request('Create', PLAIN));

    const response = await account.handle(account.request('Delete', { ...PLAIN, ...properties }));

    expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SECRET });
    const { DeletionDate } = account.outputs.get('DeleteSecretCommand') as { readonly DeletionDate: Date };
    expect(Math.round((DeletionDate.getTime() - Date.now()) / 86_400_000)).toBe(days);
    expect(await account.value()).toBeUndefined();
  });

  it('is fine twice, for a secret that never was, and under an ID that CloudFormation made up', async () => {
    await account.handle(account.request('Create', PLAIN));
    const request = account.request('Delete', PLAIN);
    const other = { ...PLAIN, SecretName: 'gitsource/never' };
    const madeUp = { PhysicalResourceId: 's-KeyPair-1A2B3C4D5E6F' };

    const statuses = [
      await account.handle(request),
      await account.handle(request),
      await account.handle(account.request('Delete', other, madeUp)),
    ].map(({ Status }) => Status);

    expect(statuses).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
  });

  it('after a Create that was cut off takes what that had made', async () => {
    await account.handle(account.request('Create', PLAIN));

    await account.handle(account.request('Delete', PLAIN, { PhysicalResourceId: 's-KeyPair-1A2B3C4D5E6F' }));

    expect(await account.value()).toBeUndefined();
  });
});

describe('failures', () => {
  const denied = (name: string) =>
    Promise.reject(Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: 400 } }));

  it.each([
    [
      'CreateSecretCommand',
      'AccessDeniedException',
      'secret-denied',
      'secretsmanager:CreateSecret on this secret, and',
    ],
    ['CreateSecretCommand', 'EncryptionFailure', 'secret-denied', 'kms:GenerateDataKey'],
    ['DescribeSecretCommand', 'ThrottlingException', 'secret-unavailable', 'Try again'],
    ['CreateSecretCommand', 'LimitExceededException', 'secret-unavailable', 'LimitExceededException'],
    ['CreateSecretCommand', 'MalformedPolicyDocumentException', 'secret-refused', 'no'],
  ])('%s answered with %s is told as %s', async (command, name, code, text) => {
    account.faults.set(command, () => denied(name));

    const response = await account.handle(account.request('Create', PLAIN));

    expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'KeyPair-not-made' });
    expect(response.Reason).toContain(`[ssh-key-pair/${code}]`);
    expect(response.Reason).toContain(text);
  });

  it('makes the secret where it may not be looked for while there is none', async () => {
    account.faults.set('DescribeSecretCommand', () => denied('AccessDeniedException'));
    const created = await account.handle(account.request('Create', PLAIN));
    account.faults.set('DescribeSecretCommand', () => denied('AccessDeniedException'));
    const again = await account.handle(account.request('Create', PLAIN));

    expect([created.Status, answered(created)]).toEqual(['SUCCESS', await storedKey()]);
    expect(again.Reason).toContain('[ssh-key-pair/secret-denied]');
    expect(again.Reason).toContain('secretsmanager:DescribeSecret');
  });

  it.each([
    ['KeyPair-not-made', 'SUCCESS'],
    [SECRET, 'FAILED'],
  ])('a Delete of %s that is denied is answered with %s', async (PhysicalResourceId, status) => {
    account.faults.set('DescribeSecretCommand', () => denied('AccessDeniedException'));

    const response = await account.handle(account.request('Delete', PLAIN, { PhysicalResourceId }));

    expect(response).toMatchObject({ Status: status, PhysicalResourceId });
  });

  it('answers before its own time is up', async () => {
    account.remainingMs = 400;
    account.faults.set('DescribeSecretCommand', () => new Promise(() => {}));

    const response = await account.handle(account.request('Create', PLAIN));

    expect(response.Reason).toContain('[ssh-key-pair/timed-out]');
  });

  it('answers a bug with a place to look, not with its words', async () => {
    account.faults.set('DescribeSecretCommand', () => Promise.reject(new TypeError('x is not a function')));

    const response = await account.handle(account.request('Create', PLAIN));

    expect(response.Reason).toMatch(/^\[ssh-key-pair\/unexpected\] .*Look for "request failed" in its log\.$/);
    expect(account.lines.at(-1)).toMatchObject({ level: 'error', message: 'request failed' });
  });

  it.each([
    [{ RequestType: 'Read' }, 'RequestType missing or wrong'],
    [{ ResourceProperties: 'x' }, 'ResourceProperties missing or wrong'],
    [{ RequestType: 'Update' }, 'PhysicalResourceId missing or wrong'],
  ])('answers a request changed by %j', async (over, text) => {
    const response = await account.handle(account.request('Create', PLAIN, over));

    expect(response.Status).toBe('FAILED');
    expect(response.Reason).toContain(`[ssh-key-pair/request-invalid]`);
    expect(response.Reason).toContain(text);
  });

  it.each([null, 'x', {}, { ResponseURL: 'nowhere' }])(
    'throws for the event %j, which nobody waits for',
    async (event) => {
      await expect(account.handle(event as object)).rejects.toMatchObject({ code: 'ssh-key-pair/event-invalid' });
    },
  );

  it('shows no private key, token or webhook secret in what it logs and answers', async () => {
    const properties = { ...PLAIN, WebhookSecret: 'hook-5ecret', Token: 'tok-5ecret', Username: 'u' };
    await account.handle(account.request('Create', properties));
    await account.handle(account.update(properties, { ...properties, KeyType: 'rsa' }));
    await account.handle(account.update(properties, { ...properties, Host: 'a b' }));

    const shown = JSON.stringify([account.lines, account.responses]);
    expect(shown).not.toMatch(/PRIVATE KEY|5ecret|X-Amz-Signature/);
    expect(account.responses.map(({ Status }) => Status)).toEqual(['SUCCESS', 'SUCCESS', 'FAILED']);
  });
});
