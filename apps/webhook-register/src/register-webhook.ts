import { parseGitUrl } from '@gitsource/events';
import { findRegistration, REGISTRATION_NAMES, type RegistrationOutcome } from '@gitsource/providers/registrations';
import { type Connection, isAllowedRepository, matchHost } from '@gitsource/runtime';
import type { RegisterArguments } from './arguments.ts';
import { WebhookRegisterError } from './errors.ts';

export interface RegisterPorts {
  /** Reads a connection by the name of its secret. */
  readonly readConnection: (secretId: string) => Promise<Connection>;
}

/**
 * Creates or updates one repository's webhook and returns the line that says so.
 * Throws `webhook-register/*`, `runtime/secret-*`, `runtime/api-*`, `events/git-url-invalid`.
 */
export async function registerWebhook(ports: RegisterPorts, args: RegisterArguments): Promise<string> {
  const connection = await ports.readConnection(args.secretId);
  const registration = await findRegistration(connection.provider);
  if (registration === undefined) {
    throw new WebhookRegisterError(
      'webhook-register/registration-missing',
      `The secret ${args.secretId} names the provider ${JSON.stringify(connection.provider)}; webhooks are registered for ${REGISTRATION_NAMES.join(' and ')} only. Follow the steps for your server in docs/webhooks.md.`,
    );
  }
  const repositoryPath = repositoryPathOf(connection, args);
  const [first, ...others] = connection.webhookSecrets ?? [];
  if (first === undefined) {
    throw new WebhookRegisterError(
      'webhook-register/webhook-secret-missing',
      `The secret ${args.secretId} has no "webhookSecret", so nothing could prove a delivery. Add one, such as the output of: openssl rand -hex 32`,
    );
  }
  if (connection.password === undefined) {
    throw new WebhookRegisterError(
      'webhook-register/token-missing',
      `The secret ${args.secretId} has no "token" that could register a webhook. Add one, or register it by hand: docs/webhooks.md.`,
    );
  }
  const { webhookUrl } = args;
  const outcome = await registration.register({ connection, repositoryPath, webhookUrl, secrets: [first, ...others] });
  return describeOutcome(outcome, repositoryPath, args);
}

function repositoryPathOf(connection: Connection, { repository, secretId }: RegisterArguments): string {
  const isUrl = repository.includes(':');
  const url = isUrl ? parseGitUrl(repository) : undefined;
  const path = url?.repositoryPath ?? repository.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  const { host } = connection;
  // Without the port: a clone URL has that of its own transport.
  if (url !== undefined && host !== undefined && !matchHost(host, { host: url.host })) {
    throw new WebhookRegisterError(
      'webhook-register/other-host',
      `The repository is on ${url.host}, but the secret ${secretId} is for ${host}. Name the connection of that host.`,
    );
  }
  if (path !== '' && isAllowedRepository(connection, path)) return path;
  throw new WebhookRegisterError(
    'webhook-register/other-repository',
    `${JSON.stringify(path)} is not among "allowedRepositories" of the secret ${secretId}, so its deliveries would start nothing. Add it, or use another connection.`,
  );
}

function describeOutcome(
  outcome: RegistrationOutcome,
  path: string,
  { secretId, webhookUrl }: RegisterArguments,
): string {
  switch (outcome.kind) {
    case 'created':
    case 'updated':
    case 'unchanged': {
      const what = outcome.kind === 'unchanged' ? 'is up to date, its secret was set again' : outcome.kind;
      const others = outcome.duplicateIds.join(', ');
      const more =
        others === '' ? '' : `; remove the others of the same URL, they deliver each push once more: ${others}`;
      return `${path}: webhook ${outcome.id} to ${webhookUrl} ${what}${more}`;
    }
    case 'unauthorized':
      throw new WebhookRegisterError(
        'webhook-register/unauthorized',
        `The server refused the token of the secret ${secretId} for the webhooks of ${path}. It needs ${outcome.needed}.`,
      );
    case 'repository-not-found':
      throw new WebhookRegisterError(
        'webhook-register/repository-not-found',
        `The server shows no repository ${path} to the token of the secret ${secretId}. Give ${outcome.needed}.`,
      );
    case 'refused':
      throw new WebhookRegisterError(
        'webhook-register/refused',
        `The server did not take the webhook of ${path} (${outcome.status}): ${outcome.reason}`,
      );
  }
}
