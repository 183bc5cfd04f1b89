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
  // After a Create that timed out the physical ID is CloudFormation's own; the properties name what may be left.
  const found = readSecretToDelete(request.ResourceProperties);
  const PhysicalResourceId = request.PhysicalResourceId ?? found?.SecretName ?? 'not-made';
  if (found !== undefined) {
    const secretName = found.SecretName;
    const deletion = await deleteKeyPair(secretOf(secretName), Number(found.RecoveryWindowInDays));
    log.info('key pair deleted', { ...about, secretName, deletion, recoveryDays: found.RecoveryWindowInDays });
  }
  return { Status: 'SUCCESS', PhysicalResourceId };
}
