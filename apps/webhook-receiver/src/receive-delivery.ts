import type { GitEvent } from '@gitsource/events';
import {
  type Delivery,
  type ParsedDelivery,
  type Provider,
  ProvidersError,
  type RefChange,
} from '@gitsource/providers';
import { type Connection, type HttpRequest, isAllowedRepository, type LogFields, matchHost } from '@gitsource/runtime';
import { authenticateDelivery } from './authenticate-delivery.ts';
import type { Config } from './config.ts';
import type { Ports } from './ports.ts';
import { putGitEvents } from './put-git-events.ts';
import * as replies from './reply.ts';

/** GitHub's cap is 25 MB, but a Lambda function is never handed more than 6 MB. */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** `/webhooks/my-git`, behind an API's stage or not. */
const ROUTE = /(?:^|\/)webhooks\/([A-Za-z0-9_.-]{1,100})\/?$/;

/**
 * One delivery from its bytes to its events: route, size, signature, and only then the body. Every refusal is a fixed
 * reply and one line in the log.
 * Throws what is not the sender's fault: `runtime/secret-*`, `webhook-receiver/*`.
 */
export async function receiveDelivery(ports: Ports, config: Config, request: HttpRequest): Promise<replies.Reply> {
  const [, connectionName] = ROUTE.exec(request.path) ?? [];
  if (connectionName === undefined) return replies.UNKNOWN;
  if (request.method !== 'POST') return replies.POST_ONLY;
  if (request.body === undefined) {
    ports.log.warn('delivery refused', { connection: connectionName, outcome: 'too-large' });
    return replies.TOO_LARGE;
  }
  const delivery: Delivery = { headers: request.headers, body: request.body, sourceIp: request.sourceIp };
  const authenticated = await authenticateDelivery(ports, connectionName, delivery);
  if ('refusal' in authenticated) return authenticated.refusal;
  return acceptDelivery(ports, config, { ...authenticated, connectionName, delivery });
}

interface VerifiedDelivery {
  readonly connectionName: string;
  readonly connection: Connection;
  readonly provider: Provider;
  readonly delivery: Delivery;
}

async function acceptDelivery(ports: Ports, config: Config, verified: VerifiedDelivery): Promise<replies.Reply> {
  const { connection, connectionName, provider } = verified;
  const fields = { connection: connectionName, provider: provider.name };
  const parsed = parseDelivery(ports, verified, fields);
  if (parsed === undefined) return replies.MALFORMED;
  const logged = { ...fields, ...describe(parsed) };
  if (parsed.refusedRefs.length > 0) {
    const refusedRefs = parsed.refusedRefs.slice(0, MAX_LOGGED);
    ports.log.warn('refs refused', { ...logged, refused: parsed.refusedRefs.length, refusedRefs });
  }
  if (parsed.changes.length === 0) {
    ports.log.info('nothing to do', { ...logged, outcome: parsed.kind });
    return parsed.kind === 'ping' ? replies.PONG : replies.NOTHING_TO_DO;
  }
  const reason = notServed(connection, parsed);
  if (reason !== undefined) {
    ports.log.warn('repository not served', { ...logged, outcome: 'not-served', reason });
    return replies.NOT_SERVED;
  }
  const events = parsed.changes.map(
    (change): GitEvent => ({
      schemaVersion: 1,
      deliveryId: parsed.deliveryId,
      connection: connectionName,
      provider: provider.name,
      ...change,
    }),
  );
  const eventIds = await putGitEvents(ports, config.eventBusName, events);
  const deletedRefs = parsed.changes.filter(({ deleted }) => deleted).map(({ ref }) => ref);
  ports.log.info('delivery accepted', {
    ...logged,
    outcome: 'accepted',
    events: eventIds.length,
    eventIds: eventIds.slice(0, MAX_LOGGED),
    // Most consumers do nothing for them, so this is where it is told.
    ...(deletedRefs.length > 0 && { deletedRefs: deletedRefs.slice(0, MAX_LOGGED) }),
  });
  return replies.accepted(eventIds);
}

function parseDelivery(
  { log }: Ports,
  { connection, delivery, provider }: VerifiedDelivery,
  fields: LogFields,
): ParsedDelivery | undefined {
  try {
    return provider.webhook.parse(delivery, connection.host === undefined ? {} : { host: connection.host });
  } catch (error) {
    if (!(error instanceof ProvidersError)) throw error;
    log.warn('delivery refused', { ...fields, outcome: 'malformed', code: error.code, reason: error.message });
    return undefined;
  }
}

/** Why a connection's secret is no proof for this repository. One repository is all that a delivery speaks of. */
function notServed(connection: Connection, { changes }: ParsedDelivery): string | undefined {
  const repository = changes[0]?.repository;
  if (repository === undefined) return undefined;
  if (connection.host !== undefined && !matchHost(connection.host, { host: repository.host })) {
    return `the delivery is from ${repository.host}, the connection's "host" is ${connection.host}`;
  }
  return isAllowedRepository(connection, repository.path)
    ? undefined
    : `${repository.path} is not among the connection's "allowedRepositories"`;
}

/** The fields by which a delivery is found in the log; nothing of its body but names of repository and refs. */
function describe({ deliveryId, eventName, changes }: ParsedDelivery): LogFields {
  return {
    deliveryId,
    eventName: eventName.slice(0, MAX_LOGGED),
    ...(changes[0] !== undefined && { repository: changes[0].repository.path }),
    ...(changes.length > 0 && { refs: changes.slice(0, MAX_LOGGED).map(describeChange) }),
  };
}

function describeChange({ ref, deleted }: RefChange): string {
  return deleted ? `${ref} (deleted)` : ref;
}

/** A line of the log holds less than what a delivery may: CloudWatch cuts it, and then it is no JSON. */
const MAX_LOGGED = 100;
