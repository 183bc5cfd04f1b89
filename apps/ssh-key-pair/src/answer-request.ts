import type { CustomResourceResponse } from '@gitsource/runtime';
import { deleteKeyPair } from './delete-key-pair.ts';
import { ensureKeyPair } from './ensure-key-pair.ts';
import { SshKeyPairError } from './errors.ts';
import { OwnedSecret } from './owned-secret.ts';
import { type Envelope, parseRequest, type Request } from './parse-request.ts';
import type { Ports } from './ports.ts';
import { type Properties, readProperties, readSecretToDelete } from './read-properties.ts';

/** A response without what is copied from its request. */
export type Outcome = Omit<CustomResourceResponse, 'StackId' | 'RequestId' | 'LogicalResourceId'>;

/**
 * Does what one request asks. The secret's name is the physical ID, so that another name is a replacement and
 * CloudFormation deletes the former secret at the end. Throws CodedErrors of this package.
 */
export async function answerRequest(
  ports: Ports,
  envelope: Envelope,
  event: unknown,
  signal: AbortSignal,
): Promise<Outcome> {
  const request = parseRequest(event);
  const owner = { stackId: envelope.StackId, logicalId: envelope.LogicalResourceId };
  const secretOf = (name: string) => new OwnedSecret(ports.secretsManager, name, owner, signal);
  const about = { stackId: envelope.StackId, logicalResourceId: envelope.LogicalResourceId };
  return request.RequestType === 'Delete'
    ? answerDelete(ports, request, secretOf, about)
    : answerEnsure(ports, request, secretOf, { ...about, requestId: envelope.RequestId });
}

type SecretOf = (name: string) => OwnedSecret;

async function answerEnsure(
  { log }: Ports,
  request: Request,
  secretOf: SecretOf,
  about: { readonly stackId: string; readonly logicalResourceId: string; readonly requestId: string },
): Promise<Outcome> {
  const wanted = readProperties(request.ResourceProperties);
  const former = request.RequestType === 'Create' ? undefined : readFormer(request);
  const secretName = wanted.SecretName;
  const formerName = request.PhysicalResourceId;
  const { publicKey, secretArn } = await ensureKeyPair({
    wanted,
    former,
    secret: secretOf(secretName),
    formerSecret:
      former === undefined || formerName === undefined || formerName === secretName ? undefined : secretOf(formerName),
    requestId: about.requestId,
  });
  const { keyType, line, fingerprint } = publicKey;
  log.info('key pair ready', { ...about, requestType: request.RequestType, secretName, keyType, fingerprint });
  return {
    Status: 'SUCCESS',
    PhysicalResourceId: secretName,
    Data: {
      PublicKey: `${line} ${wanted.Comment ?? secretName}`,
      Fingerprint: fingerprint,
      KeyType: keyType,
      SecretArn: secretArn,
      SecretName: secretName,
    },
  };
}

/** Properties of before; of those that this version does not understand only what decides about the key. */
function readFormer({ OldResourceProperties: old = {}, ResourceProperties: wanted }: Request): Properties {
  const { KeyType, Generation } = old;
  for (const candidate of [old, { ...wanted, KeyType, Generation }]) {
    try {
      return readProperties(candidate);
    } catch (error) {
      if (!(error instanceof SshKeyPairError)) throw error;
    }
  }
  return readProperties(wanted);
}

async function answerDelete(
  { log }: Ports,
  request: Request,
  secretOf: SecretOf,
  about: { readonly stackId: string; readonly logicalResourceId: string },
): Promise<Outcome> {
  const found = readSecretToDelete(request.ResourceProperties);
  const PhysicalResourceId = request.PhysicalResourceId ?? 'not-made';
  const done: Outcome = { Status: 'SUCCESS', PhysicalResourceId };
  if (found === undefined) return done;
  const { SecretName: secretName, RecoveryWindowInDays: recoveryDays } = found;
  try {
    const deletion = await deleteKeyPair(secretOf(secretName), Number(recoveryDays));
    log.info('key pair deleted', { ...about, secretName, deletion, recoveryDays });
  } catch (error) {
    // The ID of a Create that failed or was cut off: there may be a secret, but what was denied then is denied now.
    const isMade = PhysicalResourceId === secretName;
    if (isMade || !(error instanceof SshKeyPairError) || error.code !== 'ssh-key-pair/secret-denied') throw error;
    log.warn('nothing deleted', { ...about, secretName, error });
  }
  return done;
}
