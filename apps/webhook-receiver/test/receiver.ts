import { createHmac } from 'node:crypto';
import type { PutEventsCommand, PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import type { GitEvent } from '@gitsource/events';
import { type LogFields, parseConnection, RuntimeError } from '@gitsource/runtime';
import { readConfig } from '../src/config.ts';
import { createConnectionCache } from '../src/connection-cache.ts';
import { createHandler } from '../src/handler.ts';

export const NOW_MS = Date.parse('2026-03-04T05:06:07Z');
export const BUS = 'gitsource';

/** The receiver with a clock that tests turn, secrets that they change, and a bus that keeps what it is given. */
export class Receiver {
  nowMs = NOW_MS;
  /** Secrets by their full names, current version first. */
  readonly secrets = new Map<string, readonly string[]>();
  readonly secretReads: string[] = [];
  readonly events: GitEvent[] = [];
  readonly detailTypes: (string | undefined)[] = [];
  readonly requestSizes: number[] = [];
  /** One for each entry of each call, first to last; absent or undefined = it works. */
  readonly entryFaults: (string | undefined)[] = [];
  readonly callFaults: Error[] = [];
  readonly lines: { readonly message: string; readonly fields: LogFields }[] = [];
  readonly handle = createHandler(
    {
      eventBridge: { send: (command: unknown) => this.#put(command as PutEventsCommand) } as never,
      connections: createConnectionCache(
        (name) => this.#readSecret(`gitsource/${name}`),
        () => this.nowMs,
      ),
      log: Object.fromEntries(
        ['debug', 'info', 'warn', 'error'].map((level) => [
          level,
          (message: string, fields: LogFields = {}) => this.lines.push({ message, fields }),
        ]),
      ) as never,
      now: () => this.nowMs,
      sleep: async (ms) => {
        this.nowMs += ms;
      },
      random: () => 1,
    },
    readConfig({ EVENT_BUS_NAME: BUS, SECRET_PREFIX: 'gitsource/' }),
  );

  connect(name: string, ...versions: readonly object[]): void {
    const host = 'git.example.com';
    this.secrets.set(
      `gitsource/${name}`,
      versions.map((version) => JSON.stringify({ host, ...version })),
    );
  }

  async #readSecret(id: string) {
    this.secretReads.push(id);
    const [current, previous] = (this.secrets.get(id) ?? []).map((text) => parseConnection(id, text));
    if (current === undefined) throw new RuntimeError('runtime/secret-missing', `no secret ${id}`);
    return { current, ...(previous !== undefined && { previous }) };
  }

  async #put({ input: { Entries = [] } }: PutEventsCommand) {
    const fault = this.callFaults.shift();
    if (fault !== undefined) throw fault;
    this.requestSizes.push(Buffer.byteLength(Entries.map(({ Detail }) => Detail).join('')));
    const results = Entries.map(({ Detail = '', DetailType, Source }): PutEventsResultEntry => {
      const ErrorCode = this.entryFaults.shift();
      if (ErrorCode !== undefined) return { ErrorCode, ErrorMessage: 'on demand' };
      this.detailTypes.push(`${Source}: ${DetailType}`);
      return { EventId: `event-${this.events.push(JSON.parse(Detail))}` };
    });
    return { Entries: results, FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length };
  }
}

export interface Request {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly sourceIp?: string;
}

/** A request as an HTTP API hands it on, payload 2.0. */
export function httpEvent({ path = '/webhooks/my-git', method = 'POST', headers = {}, body = '', sourceIp }: Request) {
  return {
    version: '2.0',
    rawPath: path,
    headers,
    requestContext: { http: { method, sourceIp: sourceIp ?? '203.0.113.9' } },
    body: Buffer.isBuffer(body) ? body.toString('base64') : body,
    isBase64Encoded: Buffer.isBuffer(body),
  };
}

/** Signed as `hooks/post-receive` does. */
export function signed(body: string | Buffer, secret: string, nowMs = NOW_MS, id = 'delivery-1'): Request {
  const seconds = `${Math.floor(nowMs / 1000)}`;
  const signature = createHmac('sha256', secret).update(`${id}.${seconds}.`).update(body).digest('base64');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'gitsource-event': 'push',
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': `v1,${signature}`,
    },
  };
}

export interface Push {
  readonly path?: string;
  readonly refs?: readonly string[];
  readonly changedPaths?: readonly string[];
}

/** The body of a push of new commits to some refs. */
export function push({ path = 'team/app', refs = ['refs/heads/main'], changedPaths = ['a.txt'] }: Push = {}): string {
  const changes = refs.map((ref, index) => ({
    ref,
    before: 'a'.repeat(40),
    after: `${index}`.padStart(40, 'b'),
    changedPaths,
    changedPathsComplete: true,
  }));
  return JSON.stringify({ repository: { path, httpsUrl: `https://git.example.com/${path}.git` }, changes });
}
