import type { Provider } from '../provider.ts';
import { webhook } from './webhook.ts';

export const gitlab: Provider = { name: 'gitlab', webhook };
