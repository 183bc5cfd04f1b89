import * as z from 'zod/mini';
import { SshKeyPairError } from './errors.ts';

const text = z.string();
const list = z.array(text);
/** A list, or what a CommaDelimitedList parameter is before it is split. */
const textOrList = z.pipe(
  z.union([text, list]),
  z.transform((value) =>
    (typeof value === 'string' ? value.split(',') : value).map((item) => item.trim()).filter(Boolean),
  ),
);
/** `0` deletes at once; Secrets Manager takes 7 to 30 days. */
const DEFAULT_RECOVERY_DAYS = 30;

const properties = z.strictObject({
  ServiceToken: z.optional(text),
  ServiceTimeout: z.optional(text),
  SecretName: text.check(z.regex(/^[\w/+=.@-]{1,256}$/, 'must be 1 to 256 of letters, digits and /_+=.@-')),
  KeyType: z._default(z.enum(['ed25519', 'rsa'], 'must be ed25519 or rsa'), 'ed25519'),
  Generation: z._default(text.check(z.maxLength(100)), ''),
  Comment: z.optional(text.check(z.regex(/^[\x20-\x7e]{1,200}$/, 'must be 1 to 200 printable ASCII characters'))),
  SecretsKmsKeyId: z.optional(text),
  RecoveryWindowInDays: z._default(
    text.check(z.regex(/^(?:0|[7-9]|[12]\d|30)$/, 'must be 7 to 30, or 0 for deletion at once')),
    String(DEFAULT_RECOVERY_DAYS),
  ),
  Provider: z.optional(text),
  Host: z.optional(text),
  SshHost: z.optional(text),
  ApiUrl: z.optional(text),
  Username: z.optional(text),
  Token: z.optional(text),
  OauthKey: z.optional(text),
  OauthSecret: z.optional(text),
  KnownHosts: z.optional(text),
  CaCertificate: z.optional(text),
  WebhookSecret: z.optional(text),
  WebhookAllowedIps: z.optional(textOrList),
  AllowedRepositories: z.optional(textOrList),
});

/** What the resource's properties ask for; empty texts and lists count as absent, as a template's parameters send them. */
export type Properties = z.output<typeof properties>;

/** Throws `ssh-key-pair/properties-invalid` with every problem, by name and without values. */
export function readProperties(given: Readonly<Record<string, unknown>>): Properties {
  const result = properties.safeParse(present(given));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.join(', ')} not known (known: ${Object.keys(properties.shape).join(', ')})`
      : `${issue.path.map(String).join('.')} ${issue.code === 'invalid_type' ? `must be given, as ${issue.expected}` : issue.message}`,
  );
  throw new SshKeyPairError(
    'ssh-key-pair/properties-invalid',
    `The resource's properties are wrong: ${problems.join('; ')}. Correct the template.`,
  );
}

/** Which secret a Delete is about; `undefined` where no secret can have been made. */
export function readSecretToDelete(
  given: Readonly<Record<string, unknown>>,
): Pick<Properties, 'SecretName' | 'RecoveryWindowInDays'> | undefined {
  const { SecretName, RecoveryWindowInDays } = present(given);
  const read = (days: unknown) =>
    properties.safeParse({ SecretName, ...(days !== undefined && { RecoveryWindowInDays: days }) }).data;
  // A wrong window fails a Create, whose Delete then finds nothing; it must not fail as well.
  return read(RecoveryWindowInDays) ?? read(undefined);
}

function present(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).filter(
      ([, value]) =>
        value !== undefined && value !== '' && !(Array.isArray(value) && value.every((item) => item === '')),
    ),
  );
}
