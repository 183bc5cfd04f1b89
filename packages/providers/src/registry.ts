import { generic } from './generic/index.ts';
import { github } from './github/index.ts';
import type { Provider } from './provider.ts';

/** Every provider: one folder and one line each. */
export const PROVIDERS: readonly Provider[] = [generic, github];

/** The provider that a connection names, or `undefined`. */
export function findProvider(name: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.name === name);
}
