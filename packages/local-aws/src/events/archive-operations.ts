import type * as events from '@aws-sdk/client-eventbridge';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import type { ArchiveRecord } from './archive-record.ts';
import type { ArchiveStore } from './archive-store.ts';
import type { EventStore } from './event-store.ts';
import { checkedPattern } from './rule-operations.ts';

type Settings = Pick<events.UpdateArchiveRequest, 'Description' | 'EventPattern' | 'RetentionDays'>;

/** Archives of a bus: every event, or those of a pattern, for as many days as asked. */
export function archiveOperations(store: EventStore, archives: ArchiveStore): Service['operations'] {
  const on = (action: string) => (input: { ArchiveName: string | undefined }) =>
    permit(`events:${action}`, archives.arn('archive', input.ArchiveName));
  return {
    CreateArchive: operation(
      on('CreateArchive'),
      (input: events.CreateArchiveRequest): events.CreateArchiveResponse => {
        const name = input.ArchiveName ?? '';
        if (!/^[\w.-]{1,48}$/.test(name)) throw invalid(`${name} is not an archive name`);
        if (archives.archives.has(name)) {
          throw new ServiceError('ResourceAlreadyExistsException', `Archive ${name} already exists.`);
        }
        refuseKey(input.KmsKeyIdentifier);
        const bus = store.bus(input.EventSourceArn);
        if (bus.arn !== input.EventSourceArn) throw invalid(`${input.EventSourceArn} is not the ARN of an event bus`);
        const archive: ArchiveRecord = {
          name,
          arn: archives.arn('archive', name),
          busName: bus.name,
          createdAt: store.cloud.now(),
          retentionDays: 0,
          eventCount: 0,
          sizeBytes: 0,
        };
        return save(archives, archive, input);
      },
    ),
    UpdateArchive: operation(
      on('UpdateArchive'),
      (input: events.UpdateArchiveRequest): events.UpdateArchiveResponse => {
        refuseKey(input.KmsKeyIdentifier);
        return save(archives, archives.archive(input.ArchiveName), input);
      },
    ),
    DescribeArchive: operation(
      on('DescribeArchive'),
      (input: events.DescribeArchiveRequest): events.DescribeArchiveResponse => {
        const archive = archives.archive(input.ArchiveName);
        return {
          ...archiveView(store, archive),
          ArchiveArn: archive.arn,
          ...(archive.description !== undefined && { Description: archive.description }),
          ...(archive.pattern !== undefined && { EventPattern: archive.pattern }),
        };
      },
    ),
    ListArchives: operation(
      () => permit('events:ListArchives'),
      (input: events.ListArchivesRequest): events.ListArchivesResponse => ({
        Archives: [...archives.archives.values()]
          .map((archive) => archiveView(store, archive))
          .filter(({ ArchiveName = '', EventSourceArn, State }) => {
            const isBus = input.EventSourceArn === undefined || input.EventSourceArn === EventSourceArn;
            const isState = input.State === undefined || input.State === State;
            return isBus && isState && ArchiveName.startsWith(input.NamePrefix ?? '');
          }),
      }),
    ),
    DeleteArchive: operation(on('DeleteArchive'), (input: events.DeleteArchiveRequest) => {
      archives.deleteArchive(archives.archive(input.ArchiveName).name);
      return {};
    }),
  };
}

function save(archives: ArchiveStore, archive: ArchiveRecord, input: Settings): events.CreateArchiveResponse {
  const { Description, EventPattern, RetentionDays } = input;
  if (RetentionDays !== undefined && (RetentionDays < 0 || !Number.isInteger(RetentionDays))) {
    throw invalid(`RetentionDays ${RetentionDays} is no number of days`);
  }
  if (EventPattern !== undefined) checkedPattern(EventPattern);
  if (Description !== undefined) archive.description = Description;
  if (EventPattern !== undefined) archive.pattern = EventPattern;
  archive.retentionDays = RetentionDays ?? archive.retentionDays;
  archives.archives.set(archive.name, archive);
  return { ArchiveArn: archive.arn, State: 'ENABLED', CreationTime: new Date(archive.createdAt) };
}

function archiveView(store: EventStore, archive: ArchiveRecord): events.Archive {
  return {
    ArchiveName: archive.name,
    EventSourceArn: store.busArn(archive.busName),
    State: 'ENABLED',
    RetentionDays: archive.retentionDays,
    SizeBytes: archive.sizeBytes,
    EventCount: archive.eventCount,
    CreationTime: new Date(archive.createdAt),
  };
}

function refuseKey(key: string | undefined): void {
  if (key !== undefined) throw invalid('local-aws keeps archives in the clear: leave out KmsKeyIdentifier');
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
