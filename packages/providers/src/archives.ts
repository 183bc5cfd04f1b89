import type { Archive } from './archive.ts';

export type { Archive, ArchiveQuery, OpenArchive, RefQuery } from './archive.ts';
export type { ApiConnection, RepositoryQuery } from './repository-query.ts';

/*
 * Apart from the registry: only the zips that download may carry this, and each loads the one provider it is asked for.
 */
const ARCHIVES: Readonly<Record<string, () => Promise<Archive>>> = {
  'azure-devops': async () => (await import('./azure-devops/archive.ts')).archive,
  'bitbucket-cloud': async () => (await import('./bitbucket-cloud/archive.ts')).archive,
  'bitbucket-server': async () => (await import('./bitbucket-server/archive.ts')).archive,
  gitea: async () => (await import('./gitea/archive.ts')).archive,
  github: async () => (await import('./github/archive.ts')).archive,
  gitlab: async () => (await import('./gitlab/archive.ts')).archive,
};

/** The providers whose archives can be downloaded. */
export const ARCHIVE_NAMES: readonly string[] = Object.keys(ARCHIVES);

/** How a provider's archives are downloaded, or `undefined` where it has none: then git fetches. */
export async function findArchive(provider: string): Promise<Archive | undefined> {
  return Object.hasOwn(ARCHIVES, provider) ? ARCHIVES[provider]?.() : undefined;
}
