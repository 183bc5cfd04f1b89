import { endsInPath } from '../clone-url.ts';
import { deliveryIdOf } from '../delivery-id.ts';
import type { Webhook } from '../provider.ts';
import { parsePayload, readJson } from '../read-payload.ts';
import { collectChanges } from '../ref-change.ts';
import { repositoryOf } from '../repository-of.ts';
import { validSecrets, verifyStandardWebhook } from '../signature.ts';
import * as schema from './schema.ts';

/**
 * What `hooks/post-receive` sends, and anything else that can sign: Standard Webhooks headers, the event's name in
 * `gitsource-event` (`push` or `ping`), every changed ref of one push in one body. See docs/webhooks.md.
 */
export const webhook: Webhook = {
  eventHeader: 'gitsource-event',
  verify: (delivery, credentials, nowMs) => verifyStandardWebhook(delivery, validSecrets(credentials), nowMs),
  parse(delivery, { host }) {
    const eventName = delivery.headers['gitsource-event'] ?? '';
    const base = { deliveryId: deliveryIdOf(delivery, 'webhook-id'), eventName, refusedRefs: [] };
    if (eventName !== 'push') return { ...base, kind: eventName === 'ping' ? 'ping' : 'unknown', changes: [] };
    const payload = parsePayload(schema.push, 'push', readJson(delivery.body));
    const facts = payload.changes.map((change) => ({
      ...change,
      changedPaths: change.changedPaths ?? [],
      changedPathsComplete: change.changedPathsComplete ?? false,
    }));
    const repository = repositoryOf({ ...payload.repository, host, namesRepository: endsInPath });
    return { ...base, kind: 'changes', ...collectChanges(repository, facts) };
  },
};
