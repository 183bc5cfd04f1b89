import type { Provider } from '../provider.ts';
import { webhook } from './webhook.ts';

/** Gitea, and what came before and after it: Gogs, Forgejo. */
export const gitea: Provider = { name: 'gitea', webhook };
