import type { Tag } from '@aws-sdk/client-codestar-connections';
import { type ConnectionsPrefix, invalid, type Provider } from './connection-record.ts';

/** The API model of 2023-12-01; names and URLs in characters. */
export const limits = {
  connectionName: 32,
  hostName: 64,
  url: 512,
  tlsCertificate: 16_384,
  tags: 200,
  tagKey: 128,
  tagValue: 256,
  maxResults: 100,
} as const;

const PROVIDERS: readonly Provider[] = [
  'Bitbucket',
  'GitHub',
  'GitHubEnterpriseServer',
  'GitLab',
  'GitLabSelfManaged',
  'AzureDevOps',
];
/** Installed at a customer's: these need a host. */
const INSTALLED: readonly Provider[] = ['GitHubEnterpriseServer', 'GitLabSelfManaged'];

export function checkLength(what: string, value: string | undefined, min: number, max: number): string {
  const text = value ?? '';
  if (text.length < min || text.length > max) throw invalid(`${what} must have ${min} to ${max} characters.`);
  return text;
}

/** `AzureDevOps` exists in the newer API only. */
export function checkProvider(value: string | undefined, api: ConnectionsPrefix): Provider {
  const known = PROVIDERS.find((provider) => provider === value);
  if (known !== undefined && !(known === 'AzureDevOps' && api === 'codestar-connections')) return known;
  throw invalid(`ProviderType '${value}' must be one of ${PROVIDERS.join(', ')}.`);
}

export function isInstalled(provider: Provider): boolean {
  return INSTALLED.includes(provider);
}

export function checkTags(tags: readonly Tag[] | undefined): Tag[] {
  const given = tags ?? [];
  if (given.length > limits.tags) throw invalid(`A resource may have ${limits.tags} tags.`);
  for (const { Key, Value } of given) {
    checkLength('A tag key', Key, 1, limits.tagKey);
    checkLength(`The value of tag ${Key}`, Value, 0, limits.tagValue);
  }
  return given.map(({ Key, Value }) => ({ Key: Key ?? '', Value: Value ?? '' }));
}

/** One page; the token is the number of items before it. */
export function page<T>(
  items: readonly T[],
  token: string | undefined,
  maxResults: number | undefined,
): { readonly items: readonly T[]; readonly next: { NextToken?: string } } {
  const from = token === undefined ? 0 : Number(token);
  if (!Number.isSafeInteger(from) || from < 0 || from > items.length) throw invalid(`NextToken '${token}' is unknown.`);
  const to = from + Math.min(Math.max(maxResults ?? limits.maxResults, 1), limits.maxResults);
  return { items: items.slice(from, to), next: to < items.length ? { NextToken: String(to) } : {} };
}
