import type { Provider } from '../provider.ts';
import { webhook } from './webhook.ts';

export const bitbucketCloud: Provider = { name: 'bitbucket-cloud', webhook };
