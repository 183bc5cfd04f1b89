import type { Provider } from '../provider.ts';
import { webhook } from './webhook.ts';

export const gitlab: Provider = {
  name: 'gitlab',
  webhook,
  registration: async () => (await import('./register-webhook.ts')).registration,
};
