import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { ServiceError } from '../cloud/service.ts';
import type { ArchivedEvent, ArchiveRecord, ReplayRecord } from './archive-record.ts';
import { compilePattern } from './event-pattern.ts';
import type { EventEnvelope } from './rule-record.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Archives and replays as collections, the events of an archive as one JSON-lines file. */
export class ArchiveStore {
  readonly cloud: Cloud;
  readonly archives: Collection<ArchiveRecord>;
  readonly replays: Collection<ReplayRecord>;

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.archives = cloud.collection('events/archives');
    this.replays = cloud.collection('events/replays');
  }

  arn(kind: 'archive' | 'replay', name: string | undefined): string {
    const { partition, region, accountId } = this.cloud;
    return `arn:${partition}:events:${region}:${accountId}:${kind}/${name ?? ''}`;
  }

  archive(name: string | undefined): ArchiveRecord {
    const archive = this.archives.get(name ?? '');
    if (archive === undefined) throw notFound(`Archive ${name} does not exist.`);
    return archive;
  }

  replay(name: string | undefined): ReplayRecord {
    const replay = this.replays.get(name ?? '');
    if (replay === undefined) throw notFound(`Replay ${name} does not exist.`);
    return replay;
  }

  /** Keeps an event in every archive of its bus that wants it. A replayed one is kept already. */
  keep(busName: string, event: EventEnvelope): void {
    if (event['replay-name'] !== undefined) return;
    for (const archive of this.archives.values()) {
      if (archive.busName !== busName) continue;
      if (archive.pattern !== undefined && !compilePattern(archive.pattern)(event)) continue;
      const line = `${JSON.stringify({ archivedAt: this.cloud.now(), event } satisfies ArchivedEvent)}\n`;
      appendFileSync(this.#file(archive.name), line, { mode: 0o600 });
      archive.eventCount += 1;
      archive.sizeBytes += Buffer.byteLength(JSON.stringify(event));
      this.archives.set(archive.name, archive);
    }
  }

  /** Events of a time range that are not past retention, in the order of their times. */
  events(name: string, fromMs: number, toMs: number): EventEnvelope[] {
    const archive = this.archives.get(name);
    const file = this.#file(name);
    if (archive === undefined || !existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    const kept = lines
      .map((line) => JSON.parse(line) as ArchivedEvent)
      .filter(({ archivedAt }) => {
        return archive.retentionDays === 0 || this.cloud.now() - archivedAt < archive.retentionDays * DAY_MS;
      });
    return kept
      .map(({ event }) => event)
      .filter(({ time }) => Date.parse(time) >= fromMs && Date.parse(time) <= toMs)
      .sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  }

  deleteArchive(name: string): void {
    this.archives.delete(name);
    rmSync(this.#file(name), { force: true });
  }

  #file(name: string): string {
    return join(this.cloud.folder('events'), `archive-${name}.jsonl`);
  }
}

function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message);
}
