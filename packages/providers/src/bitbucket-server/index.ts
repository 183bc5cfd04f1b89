import type { Provider } from '../provider.ts';
import { webhook } from './webhook.ts';

/** Bitbucket Data Center, and Bitbucket Server before it. */
export const bitbucketServer: Provider = { name: 'bitbucket-server', webhook };
