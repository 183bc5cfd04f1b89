import type { Provider } from '../provider.ts';
import { webhook } from './webhook.ts';

/** Any Git server: what a post-receive hook of one's own sends. */
export const generic: Provider = { name: 'generic', webhook };
