import { type Delivery, findProvider, PROVIDERS, type Provider, verifyDelivery } from '@gitsource/providers';
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
  const first = verify(ports, name, cached, delivery);
  if ('connection' in first) return first;
  const renewed = await ports.connections.refresh(name);
  const last = renewed === undefined ? first : verify(ports, name, renewed, delivery);
  if ('connection' in last) return last;
  ports.log.warn('delivery refused', {
    connection: name,
    outcome: last.reason,
    ...(last.provider !== undefined && { provider: last.provider }),
    looksLike: looksLike(delivery),
  });
  return { refusal: last.provider === undefined ? UNKNOWN : UNVERIFIED };
}

type Outcome =
  | { readonly connection: Connection; readonly provider: Provider }
  | { readonly reason: string; readonly provider?: string };

function verify({ now }: Ports, name: string, versions: ConnectionVersions | undefined, delivery: Delivery): Outcome {
  if (versions === undefined) {
    // The same work as for a known name: the time it takes must not tell which names exist.
    verifyDelivery(findKnown('generic', name), delivery, DECOY, now());
    return { reason: 'unknown-connection' };
  }
  const { current, previous } = versions;
  const provider = findKnown(current.provider, name);
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

function findKnown(provider: string, connection: string): Provider {
  const found = findProvider(provider);
  if (found !== undefined) return found;
  const known = PROVIDERS.map(({ name }) => name).join(', ');
  throw new WebhookReceiverError(
    'webhook-receiver/provider-unknown',
    'configuration',
    `The connection ${connection} names the provider ${JSON.stringify(provider)}, which is not known (known: ${known}). Correct "provider" in its secret.`,
  );
}

/** Whose delivery it seems to be, for the one who set up the webhook: often the connection names another provider. */
function looksLike({ headers }: Delivery): string {
  const isSent = (header: string | undefined) => header !== undefined && Object.hasOwn(headers, header);
  const names = PROVIDERS.filter(({ webhook }) => isSent(webhook.eventHeader)).map(({ name }) => name);
  return names.join(' or ') || 'none known';
}
