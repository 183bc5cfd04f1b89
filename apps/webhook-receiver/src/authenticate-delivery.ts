import {
  type Delivery,
  findProvider,
  loadProviders,
  PROVIDER_NAMES,
  type Provider,
  verifyDelivery,
} from '@gitsource/providers';
import type { Connection, ConnectionVersions } from '@gitsource/runtime';
import { WebhookReceiverError } from './errors.ts';
import type { Ports } from './ports.ts';
import { type Reply, UNKNOWN, UNVERIFIED } from './reply.ts';

export type Authenticated =
  | { readonly connection: Connection; readonly provider: Provider }
  | { readonly refusal: Reply };

/**
 * Finds the connection and proves the delivery by it. A failure reads the secret again before it is final, so that a
 * rotation is picked up at once.
 * Throws `webhook-receiver/provider-unknown`, `runtime/secret-*`.
 */
export async function authenticateDelivery(ports: Ports, name: string, delivery: Delivery): Promise<Authenticated> {
  const cached = await ports.connections.find(name);
  const first = await verify(ports, name, cached, delivery);
  if ('connection' in first) return first;
  const renewed = await ports.connections.refresh(name);
  const last = renewed === undefined ? first : await verify(ports, name, renewed, delivery);
  if ('connection' in last) return last;
  ports.log.warn('delivery refused', {
    connection: name,
    outcome: last.reason,
    ...(last.provider !== undefined && { provider: last.provider }),
    looksLike: await looksLike(delivery),
  });
  return { refusal: last.provider === undefined ? UNKNOWN : UNVERIFIED };
}

type Outcome =
  | { readonly connection: Connection; readonly provider: Provider }
  | { readonly reason: string; readonly provider?: string };

async function verify(
  { now }: Ports,
  name: string,
  versions: ConnectionVersions | undefined,
  delivery: Delivery,
): Promise<Outcome> {
  if (versions === undefined) {
    // The same work as for a known name: the time it takes must not tell which names exist.
    verifyDelivery(await findKnown('generic', name), delivery, DECOY, now());
    return { reason: 'unknown-connection' };
  }
  const { current, previous } = versions;
  const provider = await findKnown(current.provider, name);
  const verdict = verifyDelivery(
    provider,
    delivery,
    {
      secrets: current.webhookSecrets ?? [],
      previousSecrets: previous?.webhookSecrets ?? [],
      allowSha1: current.webhookAllowSha1 ?? false,
      ...(current.webhookAllowedIps !== undefined && { allowedIps: current.webhookAllowedIps }),
    },
    now(),
  );
  return verdict.ok ? { connection: current, provider } : { reason: verdict.reason, provider: provider.name };
}

const DECOY = { secrets: ['no connection'], previousSecrets: [], allowSha1: false };

async function findKnown(provider: string, connection: string): Promise<Provider> {
  const found = await findProvider(provider);
  if (found !== undefined) return found;
  throw new WebhookReceiverError(
    'webhook-receiver/provider-unknown',
    'configuration',
    `The connection ${connection} names the provider ${JSON.stringify(provider)}, which is not known (known: ${PROVIDER_NAMES.join(', ')}). Correct "provider" in its secret.`,
  );
}

/** Whose delivery it seems to be, for the one who set up the webhook: often the connection names another provider. */
async function looksLike({ headers }: Delivery): Promise<string> {
  const isSent = (header: string | undefined) => header !== undefined && Object.hasOwn(headers, header);
  const providers = await loadProviders();
  const names = providers.filter(({ webhook }) => isSent(webhook.eventHeader)).map(({ name }) => name);
  return names.join(' or ') || 'none known';
}
