import type { Status } from './status.ts';

export { findNativeProvider, type NativeProvider } from './native-providers.ts';
export type { ApiConnection, RepositoryQuery } from './repository-query.ts';
export type { Status, StatusOutcome, StatusRequest } from './status.ts';

/*
 * Apart from the registry: only the zip that publishes may carry this, and it loads the one provider it is asked for.
 */
const STATUSES: Readonly<Record<string, () => Promise<Status>>> = {
  'azure-devops': async () => (await import('./azure-devops/status.ts')).status,
  'bitbucket-cloud': async () => (await import('./bitbucket-cloud/status.ts')).status,
  'bitbucket-server': async () => (await import('./bitbucket-server/status.ts')).status,
  gitea: async () => (await import('./gitea/status.ts')).status,
  github: async () => (await import('./github/status.ts')).status,
  gitlab: async () => (await import('./gitlab/status.ts')).status,
};

/** The providers that show statuses. */
export const STATUS_NAMES: readonly string[] = Object.keys(STATUSES);

/** How a provider shows statuses, or `undefined` where it has none. */
export async function findStatus(provider: string): Promise<Status | undefined> {
  return Object.hasOwn(STATUSES, provider) ? STATUSES[provider]?.() : undefined;
}
