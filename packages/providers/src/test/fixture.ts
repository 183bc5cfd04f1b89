import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Delivery } from '../delivery.ts';

/** What every provider has a fixture for, or a line in `fixtures/not-sent.json` that says why not. */
export const FIXTURE_CASES = [
  'branch-create',
  'branch-update',
  'branch-force',
  'branch-delete',
  'tag-create',
  'tag-update',
  'tag-delete',
  'two-refs',
  'nested-path',
  'non-ascii',
  'skip-ci',
  'pull-request-opened',
  'pull-request-updated',
  'pull-request-closed',
  'pull-request-merged',
  'pull-request-from-fork',
  'ping',
  'unknown-event',
] as const;

/** A file of `fixtures/`: what a server sends before it proves itself. */
export interface Fixture {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** `fixtures/sign.ts` of each provider: the headers by which its server proves these bytes. */
export type Sign = (body: Buffer, secret: string, nowMs: number, headers: Fixture['headers']) => Record<string, string>;

const file = (provider: string, name: string) =>
  fileURLToPath(new URL(`../${provider}/fixtures/${name}`, import.meta.url));

export function readFixture(provider: string, name: string): Fixture | undefined {
  const path = file(provider, `${name}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

export function readNotSent(provider: string): Record<string, string> {
  const path = file(provider, 'not-sent.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/** A fixture as a signed delivery. */
export async function deliver(
  provider: string,
  name: string,
  secret: string,
  nowMs: number,
  change: { readonly body?: Buffer; readonly unsigned?: boolean; readonly sourceIp?: string } = {},
): Promise<Delivery> {
  const fixture = readFixture(provider, name);
  if (fixture === undefined) throw new Error(`${provider} has no fixture ${name}`);
  const { sign } = (await import(file(provider, 'sign.ts'))) as { sign: Sign };
  const body = change.body ?? Buffer.from(JSON.stringify(fixture.body));
  const proof = change.unsigned === true ? {} : sign(body, secret, nowMs, fixture.headers);
  return { headers: { ...fixture.headers, ...proof }, body, sourceIp: change.sourceIp ?? '203.0.113.9' };
}
