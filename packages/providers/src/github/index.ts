import type { Provider } from '../provider.ts';
import { webhook } from './webhook.ts';

export const github: Provider = { name: 'github', webhook };
