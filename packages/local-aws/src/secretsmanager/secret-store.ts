import { randomBytes } from 'node:crypto';
import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { type Permission, ServiceError } from '../cloud/service.ts';
import type { SecretRecord } from './secret-record.ts';

const SUFFIX_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export class SecretStore {
  readonly secrets: Collection<SecretRecord>;
  readonly cloud: Cloud;

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.secrets = cloud.collection('secretsmanager/secrets');
  }

  /** By ARN, name, or ARN without the six characters at its end; undefined where there is none. */
  lookup(id: string | undefined): SecretRecord | undefined {
    const exact = this.secrets.get(id ?? '');
    if (exact !== undefined) return exact;
    for (const secret of this.secrets.values()) {
      if (secret.name === id || secret.arn.slice(0, -7) === id) return secret;
    }
    return undefined;
  }

  find(id: string | undefined): SecretRecord {
    const secret = this.lookup(id);
    if (secret === undefined) {
      throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return secret;
  }

  /** A secret that is not on its way out. */
  findActive(id: string | undefined): SecretRecord {
    const secret = this.find(id);
    if (secret.deletedAt !== undefined) {
      throw new ServiceError(
        'InvalidRequestException',
        `The secret ${secret.name} was marked for deletion; restore it first (restore-secret).`,
      );
    }
    return secret;
  }

  save(secret: SecretRecord): void {
    this.secrets.set(secret.arn, secret);
  }

  /**
   * A name that no secret has yet is judged with an end like the one it would get, as AWS does for CreateSecret (seen by
   * others; that it is so for the rest is unconfirmed), so policies may end in `-??????`.
   */
  permission(action: string, id: string | undefined, context: Permission['context'] = {}): Permission[] {
    const secret = this.lookup(id);
    return [
      {
        action: `secretsmanager:${action}`,
        resource: secret?.arn ?? (id?.startsWith('arn:') ? id : `${this.#arn(id ?? '')}-??????`),
        context: { 'secretsmanager:SecretId': id ?? '', ...context },
        resourcePolicy: secret?.policy,
      },
    ];
  }

  newArn(name: string): string {
    const suffix = Array.from(randomBytes(6), (byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]).join('');
    return `${this.#arn(name)}-${suffix}`;
  }

  now(): string {
    return new Date(this.cloud.now()).toISOString();
  }

  #arn(name: string): string {
    return `arn:aws:secretsmanager:${this.cloud.region}:${this.cloud.accountId}:secret:${name}`;
  }
}
