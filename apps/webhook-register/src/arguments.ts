import { parseArgs } from 'node:util';

export interface RegisterArguments {
  /** Short name: `my-git`. */
  readonly connectionName: string;
  /** `gitsource/my-git` */
  readonly secretId: string;
  /** Path (`acme/shop`) or clone URL. */
  readonly repository: string;
  readonly webhookUrl: string;
}

export const USAGE = `usage: webhook:register --connection NAME --repository PATH --url URL [--secret-prefix TEXT]

Creates the webhook of a repository at GitHub or GitLab, or brings it up to date; never a second one.
  --connection NAME     reads the secret gitsource/NAME: its token makes the webhook, its webhookSecret signs deliveries
  --repository PATH     acme/shop, group/sub/project, or the clone URL
  --url URL             https://…/webhooks/NAME: the output WebhookUrl of the webhook-receiver stack, and NAME
  --secret-prefix TEXT  what the secret's name begins with; default gitsource/
AWS credentials and Region come from the environment, as for the AWS CLI.`;

/** A wrong command line; the message is for the person who typed it. */
export class UsageError extends Error {}

/** Parses the words after the program's name; throws UsageError. */
export function parseArguments(words: readonly string[]): RegisterArguments {
  const values = readOptions(words.filter((word) => word !== '--'));
  const { connection, repository, url, 'secret-prefix': prefix } = values;
  if (connection === undefined || repository === undefined || url === undefined) {
    throw new UsageError('--connection, --repository and --url are needed');
  }
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(connection)) {
    throw new UsageError('--connection must be the short name: the secret gitsource/my-git is the connection my-git');
  }
  return {
    connectionName: connection,
    secretId: `${prefix}${connection}`,
    repository,
    webhookUrl: readUrl(url, connection),
  };
}

function readUrl(text: string, connection: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLoopback = url?.protocol === 'http:' && /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname);
  if (url === undefined || (url.protocol !== 'https:' && !isLoopback))
    throw new UsageError('--url must be an https:// URL');
  if (url.username !== '' || url.password !== '') throw new UsageError('--url must not hold a user or password');
  // An HTTP API answers 404 to a slash at the end.
  const webhookUrl = url.href.replace(/\/+$/, '');
  if (!webhookUrl.endsWith(`/webhooks/${connection}`)) {
    throw new UsageError(
      `--url must end in /webhooks/${connection}: the receiver takes the connection's name from there`,
    );
  }
  return webhookUrl;
}

function readOptions(args: string[]) {
  try {
    const options = {
      connection: { type: 'string' },
      repository: { type: 'string' },
      url: { type: 'string' },
      'secret-prefix': { type: 'string', default: 'gitsource/' },
    } as const;
    return parseArgs({ args, options, allowPositionals: false, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
