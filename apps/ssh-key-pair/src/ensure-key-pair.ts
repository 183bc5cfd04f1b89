import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { connectionText, readStored, type StoredConnection } from './connection-text.ts';
import { SshKeyPairError } from './errors.ts';
import { makePrivateKey } from './make-key-pair.ts';
import type { OwnedSecret, SecretState } from './owned-secret.ts';
import type { Properties } from './read-properties.ts';
import { type PublicKey, readPublicKey } from './read-public-key.ts';

export interface KeyPairRequest {
  readonly wanted: Properties;
  /** Absent for Create. */
  readonly former: Properties | undefined;
  readonly secret: OwnedSecret;
  /** The secret of before, where its name changes: its key moves. */
  readonly formerSecret: OwnedSecret | undefined;
  /** `RequestId`, the same for a repeated request. */
  readonly requestId: string;
}

export interface KeyPairResult {
  readonly publicKey: PublicKey;
  readonly secretArn: string;
}

/**
 * Makes the secret hold what the properties ask for. One KeyType and Generation is one key: it is made once, under a
 * version ID of its own, so a repeated request finds it, and a rollback returns to it.
 * Throws `ssh-key-pair/secret-not-owned`, `-secret-being-deleted`, `-properties-invalid`, and what OwnedSecret throws.
 */
export async function ensureKeyPair(request: KeyPairRequest): Promise<KeyPairResult> {
  const token = keyToken(request.wanted);
  // The second round sees what a copy of this request wrote between the reading and the writing of the first.
  const result = (await attempt(request, token)) ?? (await attempt(request, token));
  if (result !== undefined) return result;
  throw new SshKeyPairError(
    'ssh-key-pair/secret-unavailable',
    `The secret ${request.secret.name} is being changed by somebody else. Try again.`,
  );
}

/** Version ID of the version that first holds the key, 64 hex digits. */
export function keyToken({ KeyType, Generation }: Pick<Properties, 'KeyType' | 'Generation'>): string {
  return createHash('sha256')
    .update(JSON.stringify([KeyType, Generation]))
    .digest('hex');
}

/** `undefined`: somebody else was faster. */
async function attempt(request: KeyPairRequest, token: string): Promise<KeyPairResult | undefined> {
  const { secret, wanted, former } = request;
  const state = await describe(secret);
  if (state instanceof SshKeyPairError) {
    const created = await createSecret(request, token);
    if (created === undefined) throw state;
    return created;
  }
  if (state.kind === 'missing') return createSecret(request, token);
  if (!state.isOwned) throw state.kind === 'active' ? notOwned(secret.name) : beingDeleted(secret.name);
  if (state.kind === 'deleting') await secret.restore();
  else if (former === undefined) {
    // A repeated Create changes nothing, whatever was updated since.
    const made = await keyOf(secret, token);
    if (made !== undefined) return { publicKey: made.publicKey, secretArn: state.arn };
  }
  if (former !== undefined && former.SecretsKmsKeyId !== wanted.SecretsKmsKeyId) {
    await secret.setKmsKey(wanted.SecretsKmsKeyId);
  }
  return updateSecret(request, token, state.arn);
}

/** A denial is returned: a policy that names the secret's whole ARN may hide that there is none yet. */
async function describe(secret: OwnedSecret): Promise<SecretState | SshKeyPairError> {
  return secret.describe().catch((error: unknown) => {
    if (error instanceof SshKeyPairError && error.code === 'ssh-key-pair/secret-denied') return error;
    throw error;
  });
}

async function createSecret(request: KeyPairRequest, token: string): Promise<KeyPairResult | undefined> {
  const { secret, wanted } = request;
  const key = (await movedKey(request)) ?? (await newKey(wanted));
  const text = connectionText({}, undefined, wanted, key.privateKey);
  const created = await secret.create(token, text, wanted.SecretsKmsKeyId);
  return created === 'exists' ? undefined : { publicKey: key.publicKey, secretArn: created.arn };
}

async function updateSecret(
  request: KeyPairRequest,
  token: string,
  secretArn: string,
): Promise<KeyPairResult | undefined> {
  const { secret, wanted, former, requestId } = request;
  const stored = readStored((await secret.read()) ?? '');
  const known = (await keptKey(request, token, stored)) ?? (await movedKey(request));
  const key = known ?? (await newKey(wanted));
  const text = connectionText(stored, former, wanted, key.privateKey);
  if (!isDeepStrictEqual(JSON.parse(text), stored)) {
    const written = await secret.write(known === undefined ? token : requestId, text);
    if (written === 'exists') return undefined;
  }
  return { publicKey: key.publicKey, secretArn };
}

interface Key {
  readonly privateKey: string;
  readonly publicKey: PublicKey;
}

/** The secret's present key where the properties still ask for it, else the one made for these properties before. */
async function keptKey(request: KeyPairRequest, token: string, stored: StoredConnection): Promise<Key | undefined> {
  const { secret, wanted, former, formerSecret } = request;
  const present = asKey(stored.sshPrivateKey, wanted);
  const isSame = former !== undefined && formerSecret === undefined && keyToken(former) === keyToken(wanted);
  if (isSame && present !== undefined) return present;
  return (await keyOf(secret, token, wanted)) ?? (former === undefined ? present : undefined);
}

async function movedKey({ wanted, former, formerSecret }: KeyPairRequest): Promise<Key | undefined> {
  if (former === undefined || formerSecret === undefined || keyToken(former) !== keyToken(wanted)) return undefined;
  const state = await formerSecret.describe();
  return state.kind === 'active' && state.isOwned ? keyOf(formerSecret, undefined, wanted) : undefined;
}

async function keyOf(secret: OwnedSecret, version?: string, wanted?: Properties): Promise<Key | undefined> {
  return asKey(readStored((await secret.read(version)) ?? '').sshPrivateKey, wanted);
}

function asKey(privateKey: string | undefined, wanted: Properties | undefined): Key | undefined {
  const publicKey = privateKey === undefined ? undefined : readPublicKey(privateKey);
  if (privateKey === undefined || publicKey === undefined) return undefined;
  return wanted === undefined || publicKey.keyType === wanted.KeyType ? { privateKey, publicKey } : undefined;
}

async function newKey({ KeyType, Comment, SecretName }: Properties): Promise<Key> {
  const key = asKey(await makePrivateKey(KeyType, Comment ?? SecretName), undefined);
  if (key === undefined) throw new Error('the key that was made cannot be read');
  return key;
}

function notOwned(name: string): SshKeyPairError {
  return new SshKeyPairError(
    'ssh-key-pair/secret-not-owned',
    `The secret ${name} exists, and this resource did not make it. Give another SecretName, or delete that secret.`,
  );
}

function beingDeleted(name: string): SshKeyPairError {
  return new SshKeyPairError(
    'ssh-key-pair/secret-being-deleted',
    `A secret ${name} of another stack or resource is marked for deletion, and keeps its name until then. Give another SecretName, or delete it at once: aws secretsmanager delete-secret --force-delete-without-recovery --secret-id ${name}`,
  );
}
