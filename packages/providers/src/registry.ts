import type { Provider } from './provider.ts';

/** Every provider: one folder and one line each. Loaded when it is first asked for: a Lambda function pays for one. */
const PROVIDERS: Readonly<Record<string, () => Promise<Provider>>> = {
  'azure-devops': async () => (await import('./azure-devops/index.ts')).azureDevops,
  'bitbucket-cloud': async () => (await import('./bitbucket-cloud/index.ts')).bitbucketCloud,
  'bitbucket-server': async () => (await import('./bitbucket-server/index.ts')).bitbucketServer,
  generic: async () => (await import('./generic/index.ts')).generic,
  gitea: async () => (await import('./gitea/index.ts')).gitea,
  github: async () => (await import('./github/index.ts')).github,
  gitlab: async () => (await import('./gitlab/index.ts')).gitlab,
};

/** What a connection may name as its `provider`. */
export const PROVIDER_NAMES: readonly string[] = Object.keys(PROVIDERS);

/** The provider that a connection names, or `undefined`. */
export async function findProvider(name: string): Promise<Provider | undefined> {
  return Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name]?.() : undefined;
}

/** All of them, for what concerns every provider. */
export function loadProviders(): Promise<readonly Provider[]> {
  return Promise.all(Object.values(PROVIDERS).map((load) => load()));
}
