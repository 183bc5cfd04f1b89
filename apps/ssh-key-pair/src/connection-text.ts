import { parseConnection, RuntimeError } from '@gitsource/runtime';
import { SshKeyPairError } from './errors.ts';
import type { Properties } from './read-properties.ts';

/** A secret's JSON, whose other fields may have been set by hand. */
export type StoredConnection = Readonly<Record<string, unknown>> & { readonly sshPrivateKey?: string };

/** Which field of the connection each property sets; `OauthKey` and `OauthSecret` set `oauth` together. */
const FIELDS = {
  Provider: 'provider',
  Host: 'host',
  SshHost: 'sshHost',
  ApiUrl: 'apiUrl',
  Username: 'username',
  Token: 'token',
  KnownHosts: 'knownHosts',
  CaCertificate: 'caCertificate',
  WebhookSecret: 'webhookSecret',
  WebhookAllowedIps: 'webhookAllowedIps',
  AllowedRepositories: 'allowedRepositories',
} as const satisfies Partial<Record<keyof Properties, string>>;

/** A secret's value: JSON, a bare key, or `{}` where it is neither. */
export function readStored(value: string): StoredConnection {
  if (value.trimStart().startsWith('-----BEGIN')) return { sshPrivateKey: value };
  try {
    const json: unknown = JSON.parse(value);
    if (typeof json !== 'object' || json === null) return {};
    const { sshPrivateKey, ...rest }: Readonly<Record<string, unknown>> = { ...json };
    return { ...rest, ...(typeof sshPrivateKey === 'string' && { sshPrivateKey }) };
  } catch {
    return {};
  }
}

/**
 * The secret's new value: what is stored, without the fields that former properties set, with those of the present
 * ones. Throws `ssh-key-pair/properties-invalid` where that is no connection.
 */
export function connectionText(
  stored: StoredConnection,
  former: Properties | undefined,
  wanted: Properties,
  sshPrivateKey: string,
): string {
  const gone = new Set(['sshPrivateKey', ...Object.keys(former === undefined ? {} : fieldsOf(former))]);
  const kept = Object.fromEntries(Object.entries(stored).filter(([field]) => !gone.has(field)));
  const text = JSON.stringify({ ...kept, ...fieldsOf(wanted), sshPrivateKey });
  try {
    parseConnection(wanted.SecretName, text);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new SshKeyPairError(
      'ssh-key-pair/properties-invalid',
      `The resource's properties make no connection; each property is the field of its name. ${error.message}`,
      { cause: error },
    );
  }
  return text;
}

function fieldsOf(properties: Properties): Record<string, unknown> {
  const entries = Object.entries(FIELDS).map(([property, field]) => [field, Reflect.get(properties, property)]);
  const { OauthKey: key, OauthSecret: secret } = properties;
  const oauth = key === undefined && secret === undefined ? undefined : { key, secret };
  return Object.fromEntries([...entries, ['oauth', oauth]].filter(([, value]) => value !== undefined));
}
