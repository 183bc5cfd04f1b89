import type { Cloud } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';

/** Lines reach CloudWatch Logs within this time. */
const FLUSH_MS = 100;
/** PutLogEvents takes 1 MiB at most; a line has at most 100,000 characters. */
const MAX_BATCH_CHARACTERS = 250_000;
const MAX_BATCH_EVENTS = 1000;
/** Shorter lines of a secret would mask ordinary words. */
const MIN_MASKED_LINE = 6;

interface LogLine {
  readonly timestamp: number;
  readonly message: string;
}

/** The log stream of one build, written as the build's role; secrets appear as `***`. */
export class BuildLog {
  readonly #cloud: Cloud;
  readonly #principal: Principal;
  readonly #stream: { readonly logGroupName: string; readonly logStreamName: string } | undefined;
  #secrets: readonly string[] = [];
  #pending: LogLine[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** Without `place` the project writes no logs. */
  constructor(cloud: Cloud, principal: Principal, place?: { readonly groupName: string; readonly streamName: string }) {
    this.#cloud = cloud;
    this.#principal = principal;
    this.#stream = place && { logGroupName: place.groupName, logStreamName: place.streamName };
  }

  /** Rejects with ServiceError where the role may not. */
  async create(): Promise<void> {
    if (this.#stream === undefined) return;
    try {
      await this.#call('CreateLogStream', this.#stream);
    } catch (error) {
      if (!(error instanceof ServiceError && error.code === 'ResourceNotFoundException')) throw error;
      await this.#call('CreateLogGroup', { logGroupName: this.#stream.logGroupName });
      await this.#call('CreateLogStream', this.#stream);
    }
  }

  /** Never to appear from now on. */
  addSecrets(values: Iterable<string>): void {
    const secrets = new Set(this.#secrets);
    for (const value of values) {
      if (value !== '') secrets.add(value);
      for (const line of value.split('\n')) if (line.length >= MIN_MASKED_LINE) secrets.add(line);
    }
    // The longest first: one secret may be part of another.
    this.#secrets = [...secrets].toSorted((a, b) => b.length - a.length);
  }

  mask(text: string): string {
    return this.#secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
  }

  /** A line of CodeBuild itself. */
  say(message: string): void {
    const time = new Date(this.#cloud.now()).toISOString().replace('T', ' ').replaceAll('-', '/').slice(0, 23);
    this.line(`[Container] ${time} ${message}`);
  }

  line(message: string): void {
    if (this.#stream === undefined) return;
    // CloudWatch Logs takes no empty message; CodeBuild's lines end with their line feed.
    this.#pending.push({ timestamp: this.#cloud.now(), message: `${this.mask(message)}\n` });
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
  }

  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#pending;
    this.#pending = [];
    for (const logEvents of batches(lines)) {
      this.#writing = this.#writing
        .then(() => this.#call('PutLogEvents', { ...this.#stream, logEvents }))
        .catch(() => {
          // A role that lost its permission meanwhile: the build runs on, the refusal is in the call log.
        });
    }
  }

  async #call(operation: string, input: object): Promise<void> {
    await this.#cloud.call(this.#principal, 'logs', operation, input);
  }
}

function batches(lines: readonly LogLine[]): LogLine[][] {
  const found: LogLine[][] = [];
  let characters = 0;
  for (const line of lines) {
    characters += line.message.length;
    const last = found.at(-1);
    if (last === undefined || last.length >= MAX_BATCH_EVENTS || characters > MAX_BATCH_CHARACTERS) {
      found.push([line]);
      characters = line.message.length;
    } else last.push(line);
  }
  return found;
}
