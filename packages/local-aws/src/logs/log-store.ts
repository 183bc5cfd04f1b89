import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { type Permission, ServiceError } from '../cloud/service.ts';

export interface LogGroupRecord {
  readonly name: string;
  readonly createdAt: number;
  retentionDays?: number;
  kmsKeyId?: string;
  tags: Record<string, string>;
}

export interface LogStreamRecord {
  readonly group: string;
  readonly name: string;
  readonly createdAt: number;
  firstEventAt?: number;
  lastEventAt?: number;
  lastIngestedAt?: number;
  storedBytes: number;
}

export interface LogEvent {
  /** Place in the stream, from 0. */
  readonly index: number;
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
}

/** Groups and streams as collections, events as one JSON-lines file per stream. */
export class LogStore {
  readonly groups: Collection<LogGroupRecord>;
  readonly streams: Collection<LogStreamRecord>;
  readonly cloud: Cloud;

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.groups = cloud.collection('logs/groups');
    this.streams = cloud.collection('logs/streams');
  }

  group(name: string | undefined): LogGroupRecord {
    const group = this.groups.get(nameOf(name));
    if (group === undefined) throw notFound('The specified log group does not exist.');
    return group;
  }

  stream(group: string | undefined, name: string | undefined): LogStreamRecord {
    const stream = this.streams.get(key(this.group(group).name, name ?? ''));
    if (stream === undefined) throw notFound('The specified log stream does not exist.');
    return stream;
  }

  streamsOf(group: string): LogStreamRecord[] {
    return [...this.streams.values()].filter((stream) => stream.group === group);
  }

  createStream(group: string, name: string): void {
    const record = { group, name, createdAt: this.cloud.now(), storedBytes: 0 };
    this.streams.set(key(group, name), record);
  }

  deleteStream(stream: LogStreamRecord): void {
    rmSync(this.#file(stream), { force: true });
    this.streams.delete(key(stream.group, stream.name));
  }

  append(stream: LogStreamRecord, events: readonly { timestamp: number; message: string }[]): void {
    const ingestionTime = this.cloud.now();
    const lines = events.map(({ timestamp, message }) => `${JSON.stringify([timestamp, ingestionTime, message])}\n`);
    appendFileSync(this.#file(stream), lines.join(''), { mode: 0o600 });
    const times = events.map(({ timestamp }) => timestamp);
    stream.firstEventAt = Math.min(stream.firstEventAt ?? Number.POSITIVE_INFINITY, ...times);
    stream.lastEventAt = Math.max(stream.lastEventAt ?? 0, ...times);
    stream.lastIngestedAt = ingestionTime;
    stream.storedBytes += lines.reduce((bytes, line) => bytes + Buffer.byteLength(line), 0);
    this.streams.set(key(stream.group, stream.name), stream);
  }

  /** In order of arrival. */
  read(stream: LogStreamRecord): LogEvent[] {
    let text: string;
    try {
      text = readFileSync(this.#file(stream), 'utf8');
    } catch {
      return [];
    }
    // What stands after the last newline was cut off by a crash.
    return text
      .split('\n')
      .slice(0, -1)
      .map((line, index) => {
        const [timestamp, ingestionTime, message] = JSON.parse(line) as [number, number, string];
        return { index, timestamp, ingestionTime, message };
      });
  }

  groupArn(name: string): string {
    return `arn:aws:logs:${this.cloud.region}:${this.cloud.accountId}:log-group:${name}`;
  }

  /** CloudWatch Logs names a group as resource with an empty stream after it, so a policy on `…:log-group:name:*` covers both. */
  permission(action: string, group: string | undefined, stream = ''): Permission[] {
    return [{ action: `logs:${action}`, resource: `${this.groupArn(nameOf(group))}:log-stream:${stream}` }];
  }

  #file({ group, name }: LogStreamRecord): string {
    return join(
      this.cloud.folder('logs'),
      `${createHash('sha256').update(key(group, name)).digest('hex').slice(0, 32)}.jsonl`,
    );
  }
}

/** A group's name, also from its ARN. */
export function nameOf(group: string | undefined): string {
  return (group ?? '').replace(/^arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:/, '').replace(/:\*$/, '');
}

function key(group: string, name: string): string {
  // A colon cannot occur in either name.
  return `${group}:${name}`;
}

function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message);
}
