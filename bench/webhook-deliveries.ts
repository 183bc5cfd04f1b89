import { createHmac } from 'node:crypto';
import { findProvider, verifyDelivery } from '@gitsource/providers';
import { createLog } from '@gitsource/runtime';
import { Webhooks } from '@octokit/webhooks';
import { createConnectionCache } from '../apps/webhook-receiver/src/connection-cache.ts';
import { createHandler } from '../apps/webhook-receiver/src/handler.ts';
import { median } from './median.ts';
import { typicalPush } from './typical-push.ts';

/*
 * Runs in a process of its own whose standard output is thrown away, because the receiver's log goes there; the figures
 * go to the parent.
 */

const SECRET = 'a webhook secret of some length';
const ROUNDS = 14;
const DELIVERIES = 2000;

/** CPU time of one delivery in microseconds, medians over rounds that take turns. */
export interface DeliveryTimes {
  readonly bodyBytes: number;
  /** Our verification alone. */
  readonly verifyUs: number;
  /** @octokit/webhooks verify() alone. */
  readonly peerVerifyUs: number;
  /** The whole handler: event → bytes → verify → parse → event → reply, and its line in the log. */
  readonly handlerUs: number;
  /** @octokit/webhooks verifyAndReceive(): verify, parse, call one listener. */
  readonly peerReceiveUs: number;
  /** A body of 25 MB, whole handler. */
  readonly oversizedUs: number;
  /** JSON.parse of the same 25 MB, which the handler does not do. */
  readonly oversizedParseUs: number;
}

const body = JSON.stringify(typicalPush());
const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
const headers = {
  'content-type': 'application/json',
  'x-github-event': 'push',
  'x-github-delivery': '6f0f7d3e-17ab-11f1-8000-000000000001',
  'x-hub-signature-256': signature,
};
const event = (text: string) => ({
  version: '2.0',
  rawPath: '/webhooks/my-git',
  headers,
  requestContext: { http: { method: 'POST', sourceIp: '192.0.2.7' } },
  body: text,
  isBase64Encoded: false,
});

const connection = { name: 'gitsource/my-git', provider: 'github', host: 'github.com', webhookSecrets: [SECRET] };
const handle = createHandler(
  {
    // AWS is left out of the figures: the bus answers at once.
    eventBridge: { send: async () => ({ Entries: [{ EventId: 'event' }], FailedEntryCount: 0 }) } as never,
    connections: createConnectionCache(async () => ({ current: connection }), Date.now),
    log: createLog(),
    now: Date.now,
    sleep: async () => undefined,
    random: Math.random,
  },
  { eventBusName: 'gitsource', secretPrefix: 'gitsource/' },
);
const github = await findProvider('github');
if (github === undefined) throw new Error('the provider github is gone');
const delivery = { headers, body: Buffer.from(body), sourceIp: '192.0.2.7' };
const credentials = { secrets: [SECRET], previousSecrets: [], allowSha1: false };
const peer = new Webhooks({ secret: SECRET });
peer.on('push', () => undefined);
const oversized = JSON.stringify({ blob: 'x'.repeat(25 * 1024 * 1024) });

const measured = {
  verifyUs: () => verifyDelivery(github, delivery, credentials, Date.now()),
  peerVerifyUs: () => peer.verify(body, signature),
  handlerUs: () => handle(event(body)),
  peerReceiveUs: () => peer.verifyAndReceive({ id: 'x', name: 'push', payload: body, signature }),
};
await assertAllAccept();
const rounds = new Map<string, number[]>(Object.keys(measured).map((name) => [name, []]));
for (let round = 0; round <= ROUNDS; round++) {
  const turn = Object.entries(measured);
  // What runs after another pays for its garbage, so the order changes.
  for (const [name, run] of round % 2 === 0 ? turn : turn.toReversed()) {
    const us = await cpuOf(run, DELIVERIES);
    // The first round warms up.
    if (round > 0) rounds.get(name)?.push(us);
  }
}
const figures: DeliveryTimes = {
  bodyBytes: Buffer.byteLength(body),
  verifyUs: median(rounds.get('verifyUs') ?? []),
  peerVerifyUs: median(rounds.get('peerVerifyUs') ?? []),
  handlerUs: median(rounds.get('handlerUs') ?? []),
  peerReceiveUs: median(rounds.get('peerReceiveUs') ?? []),
  oversizedUs: await cpuOf(() => handle(event(oversized)), 20),
  oversizedParseUs: await cpuOf(() => JSON.parse(oversized), 5),
};
process.send?.(figures);

async function assertAllAccept(): Promise<void> {
  const accepted = [
    measured.verifyUs().ok,
    await measured.peerVerifyUs(),
    (await measured.handlerUs()).statusCode === 202,
    (await handle(event(oversized))).statusCode === 413,
  ];
  if (accepted.includes(false)) throw new Error(`not all accept the delivery: ${accepted.join()}`);
  await measured.peerReceiveUs();
}

async function cpuOf(run: () => unknown, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < times; n++) await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}
