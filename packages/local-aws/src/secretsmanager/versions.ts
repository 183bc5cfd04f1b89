import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';
import { seal, unseal } from './seal.ts';
import type { SecretRecord, SecretVersion } from './secret-record.ts';
import type { SecretStore } from './secret-store.ts';

/** AWS keeps at most about 100 versions; those without a stage go first. */
const MAX_VERSIONS = 100;
const MAX_VALUE_BYTES = 65_536;

/** A value as it comes in a request: one of the two, or none. */
export interface SecretValue {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

/**
 * Adds a version, or finds the one with the same ID and the same value (a repeated request). Moves `stages` to it;
 * AWSCURRENT leaves AWSPREVIOUS behind.
 */
export async function putVersion(
  store: SecretStore,
  principal: Principal,
  secret: SecretRecord,
  versionId: string,
  value: SecretValue,
  stages: readonly string[],
): Promise<SecretVersion> {
  const { kind, bytes } = readValue(value);
  const existing = secret.versions.find(({ id }) => id === versionId);
  if (existing !== undefined) {
    const same = existing.kind === kind && bytes.equals(await unseal(store.cloud, principal, secret, existing));
    if (same) return existing;
    throw new ServiceError('ResourceExistsException', `Version ${versionId} exists already with another value.`);
  }
  const sealed = await seal(store.cloud, principal, secret, versionId, bytes);
  const version: SecretVersion = { id: versionId, stages: [], createdAt: store.now(), kind, ...sealed };
  secret.versions.push(version);
  for (const stage of stages) moveStage(secret, stage, version);
  dropOldVersions(secret);
  secret.changedAt = store.now();
  store.save(secret);
  return version;
}

/** Takes a stage from its version and gives it to another; AWSPREVIOUS follows AWSCURRENT. */
export function moveStage(secret: SecretRecord, stage: string, to: SecretVersion): void {
  const from = secret.versions.find(({ stages }) => stages.includes(stage));
  if (from === to) return;
  if (from !== undefined) from.stages = from.stages.filter((name) => name !== stage);
  to.stages.push(stage);
  if (stage === 'AWSCURRENT' && from !== undefined) moveStage(secret, 'AWSPREVIOUS', from);
}

/** By ID, by stage, or both where they agree; AWSCURRENT if neither is given. */
export function findVersion(secret: SecretRecord, id: string | undefined, stage: string | undefined): SecretVersion {
  const wanted = stage ?? (id === undefined ? 'AWSCURRENT' : undefined);
  const version = secret.versions.find(
    (candidate) =>
      (id === undefined || candidate.id === id) && (wanted === undefined || candidate.stages.includes(wanted)),
  );
  if (version !== undefined) return version;
  const what = wanted === undefined ? `VersionId: ${id}` : `staging label: ${wanted}`;
  throw new ServiceError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for ${what}`,
  );
}

/** Version ID → stages, as DescribeSecret shows it: only versions that have any. */
export function stagesByVersion(secret: SecretRecord): Record<string, string[]> {
  return Object.fromEntries(
    secret.versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]),
  );
}

function readValue({ SecretString, SecretBinary }: SecretValue): { kind: SecretVersion['kind']; bytes: Buffer } {
  if ((SecretString === undefined) === (SecretBinary === undefined)) {
    throw new ServiceError('InvalidParameterException', 'Give either SecretString or SecretBinary, not both.');
  }
  const bytes = SecretString === undefined ? Buffer.from(SecretBinary ?? []) : Buffer.from(SecretString);
  if (bytes.length > MAX_VALUE_BYTES) {
    throw new ServiceError('InvalidParameterException', `A secret value has at most ${MAX_VALUE_BYTES} bytes.`);
  }
  return { kind: SecretString === undefined ? 'binary' : 'string', bytes };
}

function dropOldVersions(secret: SecretRecord): void {
  const unstaged = secret.versions.filter(({ stages }) => stages.length === 0);
  const drop = new Set(unstaged.slice(0, Math.max(0, secret.versions.length - MAX_VERSIONS)));
  secret.versions = secret.versions.filter((version) => !drop.has(version));
}
