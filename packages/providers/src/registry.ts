import { azureDevops } from './azure-devops/index.ts';
import { bitbucketCloud } from './bitbucket-cloud/index.ts';
import { bitbucketServer } from './bitbucket-server/index.ts';
import { generic } from './generic/index.ts';
import { gitea } from './gitea/index.ts';
import { github } from './github/index.ts';
import { gitlab } from './gitlab/index.ts';
import type { Provider } from './provider.ts';

/** Every provider: one folder and one line each. */
export const PROVIDERS: readonly Provider[] = [
  azureDevops,
  bitbucketCloud,
  bitbucketServer,
  generic,
  gitea,
  github,
  gitlab,
];

/** The provider that a connection names, or `undefined`. */
export function findProvider(name: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.name === name);
}
