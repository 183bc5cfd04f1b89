import { randomBytes, randomUUID } from 'node:crypto';
import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { type Permission, ServiceError } from '../cloud/service.ts';
import { defaultKeyPolicy, type KeyRecord, managedKeyPolicy } from './key-record.ts';

/** Keys and aliases; the AWS managed keys (`alias/aws/s3`) come into being when first named. */
export class KeyStore {
  readonly keys: Collection<KeyRecord>;
  /** Alias name → key ID. */
  readonly aliases: Collection<string>;
  readonly cloud: Cloud;

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.keys = cloud.collection('kms/keys');
    this.aliases = cloud.collection('kms/aliases');
  }

  /** By key ID, key ARN, alias name or alias ARN. */
  find(reference: string | undefined): KeyRecord {
    const name = (reference ?? '').replace(/^arn:[\w-]+:kms:[\w-]+:\d{12}:(?:key\/)?/, '');
    const id = name.startsWith('alias/') ? this.#aliasTarget(name) : name;
    const key = this.keys.get(id ?? '');
    if (key === undefined) {
      const what = name.startsWith('alias/') ? `Alias ${reference}` : `Key '${reference}'`;
      throw new ServiceError('NotFoundException', `${what} does not exist`);
    }
    return key;
  }

  /** The same, for cryptography: neither disabled nor awaiting deletion. */
  findUsable(reference: string | undefined): KeyRecord {
    const key = this.find(reference);
    if (key.deletionDate !== undefined) {
      throw new ServiceError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
    }
    if (!key.enabled) throw new ServiceError('DisabledException', `${key.arn} is disabled.`);
    return key;
  }

  create(options: Partial<Pick<KeyRecord, 'description' | 'policy' | 'tags' | 'manager'>>): KeyRecord {
    const id = randomUUID();
    const key: KeyRecord = {
      id,
      arn: `arn:aws:kms:${this.cloud.region}:${this.cloud.accountId}:key/${id}`,
      material: randomBytes(32).toString('base64'),
      createdAt: new Date(this.cloud.now()).toISOString(),
      description: options.description ?? '',
      policy: options.policy ?? defaultKeyPolicy(this.cloud),
      manager: options.manager ?? 'CUSTOMER',
      enabled: true,
      tags: options.tags ?? {},
    };
    this.keys.set(id, key);
    return key;
  }

  save(key: KeyRecord): void {
    this.keys.set(key.id, key);
  }

  permission(action: string, reference: string | undefined, context: Permission['context'] = {}): Permission[] {
    const key = this.find(reference);
    return [{ action: `kms:${action}`, resource: key.arn, context, resourcePolicy: key.policy }];
  }

  aliasArn(name: string | undefined): string {
    return `arn:aws:kms:${this.cloud.region}:${this.cloud.accountId}:${name}`;
  }

  #aliasTarget(name: string): string | undefined {
    const service = /^alias\/aws\/([a-z0-9]+)$/.exec(name)?.[1];
    if (service !== undefined && !this.aliases.has(name)) {
      const policy = managedKeyPolicy(this.cloud, service);
      const description = `Default key that protects my ${service} data when no other key is defined`;
      this.aliases.set(name, this.create({ policy, description, manager: 'AWS' }).id);
    }
    return this.aliases.get(name);
  }
}
