import * as z from 'zod/mini';
import { isAddressRange } from './address-range.ts';
import { RuntimeError } from './errors.ts';

const text = z.string().check(z.minLength(1));
const list = z.array(text).check(z.minLength(1));

const pemKey = z
  .string()
  .check(
    z.regex(
      /^\s*-----BEGIN ((?:RSA )?PRIVATE KEY)-----[\s\S]+-----END \1-----\s*$/,
      'must be the whole PEM private key that GitHub gave, from its BEGIN to its END line',
    ),
  );
/** As GitHub shows it: a number, or as an app's client ID a text. */
const id = z.union([text, z.int()], 'must be the number or text that GitHub shows');

const hostName = z
  .string()
  .check(
    z.regex(
      /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/,
      'must be a host name, without "https://" and path',
    ),
  );

const fields = z.strictObject({
  provider: z.optional(text),
  host: hostName,
  sshHost: z.optional(hostName),
  apiUrl: z.optional(z.url({ protocol: /^https$/, error: 'must be an https:// URL' })),
  username: z.optional(text),
  password: z.optional(text),
  token: z.optional(text),
  sshPrivateKey: z.optional(text),
  knownHosts: z.optional(text),
  caCertificate: z.optional(
    z
      .string()
      .check(z.regex(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, 'must be a PEM certificate')),
  ),
  webhookSecret: z.optional(z.union([text, list], 'must be a text or a list of texts, none of them empty')),
  webhookAllowedIps: z.optional(
    z
      .array(z.string().check(z.refine(isAddressRange, 'must be an address range such as 192.0.2.0/24')))
      .check(z.minLength(1)),
  ),
  webhookAllowSha1: z.optional(z.boolean()),
  githubApp: z.optional(
    z.strictObject({ appId: id, installationId: z.optional(id), privateKey: pemKey, checks: z.optional(z.boolean()) }),
  ),
  oauth: z.optional(z.strictObject({ key: text, secret: text })),
  allowedRepositories: z.optional(list),
});

/** How to reach and prove oneself to one Git server; read from one secret and never logged. */
export interface Connection {
  /** Name of the secret it was read from, for messages. */
  readonly name: string;
  /** Name of the provider; `generic` unless the secret says otherwise. */
  readonly provider: string;
  /**
   * The only host that gets these credentials: `git.example.com`, or `git.example.com:8443` where HTTPS must use that port.
   * Absent for a bare SSH key.
   */
  readonly host?: string;
  /** Where SSH is at another name as well, `ssh.example.com`, or `ssh.example.com:7999` for that port alone. */
  readonly sshHost?: string;
  readonly apiUrl?: string;
  readonly username?: string;
  /** Password or token for HTTPS. */
  readonly password?: string;
  /** With Unix line ends and one at its end. */
  readonly sshPrivateKey?: string;
  readonly knownHosts?: string;
  readonly caCertificate?: string;
  /** What deliveries of its webhooks are verified with; several are valid at once. */
  readonly webhookSecrets?: readonly string[];
  /** Address ranges that may deliver, `192.0.2.0/24`; without a secret they are the whole proof. */
  readonly webhookAllowedIps?: readonly string[];
  /** Accept SHA-1 signatures of servers too old for SHA-256. */
  readonly webhookAllowSha1?: boolean;
  readonly githubApp?: GithubApp;
  readonly oauth?: OauthConsumer;
  /** Repository paths: `group/project`, `group/*` (one level), `group/**` (all below). Absent: all of the host. */
  readonly allowedRepositories?: readonly string[];
}

/** What an app of GitHub proves itself with. https://docs.github.com/apps/creating-github-apps */
export interface GithubApp {
  /** Its app ID or its client ID. */
  readonly appId: string;
  /** Absent: found by the repository. */
  readonly installationId?: string;
  /** PEM, PKCS#1 or PKCS#8. */
  readonly privateKey: string;
  /** Show results as check runs, which only an app can, in place of commit statuses. */
  readonly checks?: boolean;
}

/** A consumer of Bitbucket Cloud that acts as itself. https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud */
export interface OauthConsumer {
  readonly key: string;
  readonly secret: string;
}

/**
 * Reads the text of a secret: an SSH private key, or JSON. `name` is for messages, which never show the content.
 * Throws `runtime/secret-not-a-key`, or `runtime/secret-shape-invalid` with all problems.
 */
export function parseConnection(name: string, secret: string): Connection {
  const content = secret.replace(/^\uFEFF/, '').trim();
  if (!content.startsWith('{')) {
    return { name, provider: 'generic', sshPrivateKey: parseKey(name, content) };
  }
  const { provider = 'generic', token, sshPrivateKey, webhookSecret, githubApp, ...rest } = parseFields(name, content);
  const password = rest.password ?? token;
  return {
    name,
    ...withoutUndefined(rest),
    provider,
    ...(password !== undefined && { password }),
    ...(sshPrivateKey !== undefined && { sshPrivateKey: parseKey(name, sshPrivateKey) }),
    ...(webhookSecret !== undefined && { webhookSecrets: [webhookSecret].flat() }),
    ...(githubApp !== undefined && { githubApp: toGithubApp(githubApp) }),
  };
}

function toGithubApp({
  appId,
  checks,
  installationId,
  privateKey,
}: NonNullable<z.output<typeof fields>['githubApp']>): GithubApp {
  return {
    appId: String(appId),
    ...(installationId !== undefined && { installationId: String(installationId) }),
    ...(checks !== undefined && { checks }),
    privateKey: `${privateKey.trim().replace(/\r\n?/g, '\n')}\n`,
  };
}

function parseFields(name: string, content: string): z.output<typeof fields> {
  const json = parseJson(name, content);
  const result = fields.safeParse(json);
  const problems = result.success ? [] : result.error.issues.map(describeIssue);
  if (typeof json === 'object' && json !== null) problems.push(...combinationProblems(json));
  if (result.success && problems.length === 0) return result.data;
  throw new RuntimeError(
    'runtime/secret-shape-invalid',
    `The secret ${name} is not a connection: ${problems.join('; ')}. Correct the secret.`,
  );
}

function parseJson(name: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // The parser's own message quotes the content.
    throw new RuntimeError(
      'runtime/secret-shape-invalid',
      `The secret ${name} begins like JSON but is not valid JSON. Correct the secret; line ends in a value are written \\n.`,
    );
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => JSON.stringify(path === '' ? key : `${path}.${key}`)).join(', ');
    return path === '' ? `${keys} not known (known: ${Object.keys(fields.shape).join(', ')})` : `${keys} not known`;
  }
  if (issue.code === 'invalid_type') return `"${path}" must be ${issue.expected} and present where required`;
  return `"${path}" ${issue.code === 'too_small' ? 'must not be empty' : issue.message}`;
}

function combinationProblems(json: object): string[] {
  return [
    ...('password' in json && 'token' in json ? ['"password" and "token" exclude each other'] : []),
    ...('password' in json && !('username' in json) ? ['"password" needs "username"'] : []),
  ];
}

const KEY = /^-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]+-----END \1-----$/;

function parseKey(name: string, text: string): string {
  const key = text.trim().replace(/\r\n?/g, '\n');
  if (KEY.test(key)) return `${key}\n`;
  const kind = /^(?:ssh-|ecdsa-)/.test(key)
    ? 'holds a public SSH key, but the private one is needed'
    : 'holds neither a whole SSH private key (from its BEGIN to its END line) nor JSON';
  throw new RuntimeError(
    'runtime/secret-not-a-key',
    `The secret ${name} ${kind}. Store the private key, or a connection.`,
  );
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  // Only keys without a value are gone, and those are optional in T.
  return Object.fromEntries(entries) as Defined<T>;
}
