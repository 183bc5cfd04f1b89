import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud, CloudEvent } from './cloud.ts';
import type { Collection } from './collection.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { FileCollections } from './file-collections.ts';
import type { LocalIdentities } from './local-identities.ts';
import type { Principal } from './principal.ts';
import type { ServiceName } from './service.ts';

export interface LocalCloudParts {
  readonly region: string;
  readonly accountId: string;
  readonly endpointUrl: string;
  readonly dataFolder: string;
  readonly now: () => number;
  readonly collections: FileCollections;
  readonly identities: LocalIdentities;
  readonly dispatcher: () => Dispatcher;
}

/** The `Cloud` that services are given. */
export class LocalCloud implements Cloud {
  readonly region: string;
  readonly accountId: string;
  readonly partition = 'aws';
  readonly endpointUrl: string;
  readonly identities: LocalIdentities;
  readonly #parts: LocalCloudParts;

  constructor(parts: LocalCloudParts) {
    this.#parts = parts;
    this.region = parts.region;
    this.accountId = parts.accountId;
    this.endpointUrl = parts.endpointUrl;
    this.identities = parts.identities;
  }

  folder(name: string): string {
    const folder = join(this.#parts.dataFolder, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  now(): number {
    return this.#parts.now();
  }

  collection<T>(name: string): Collection<T> {
    return this.#parts.collections.collection<T>(name);
  }

  async call<O = Record<string, unknown>>(
    principal: Principal,
    service: ServiceName,
    operation: string,
    input: object,
  ): Promise<O> {
    const call = { principal, requestId: randomUUID(), secureTransport: true };
    return (await this.#parts.dispatcher().dispatch(call, service, operation, input)) as O;
  }

  emit(event: CloudEvent): void {
    // Started without EventBridge, as tests of a part do: nobody could be listening.
    if (!this.#parts.dispatcher().has('events')) return;
    const entry = {
      Source: event.source,
      DetailType: event.detailType,
      Resources: [...event.resources],
      Detail: JSON.stringify(event.detail),
      Time: new Date(this.now()),
    };
    const host = `${event.source.replace(/^aws\./, '')}.amazonaws.com`;
    this.call(this.identities.service(host), 'events', 'PutEvents', { Entries: [entry] }).catch((error: unknown) => {
      process.emitWarning(`local-aws lost the event ${event.source} "${event.detailType}": ${String(error)}`);
    });
  }
}
