import type { Provider } from '../provider.ts';
import { webhook } from './webhook.ts';

/** Azure DevOps Services (dev.azure.com, visualstudio.com) and Azure DevOps Server. */
export const azureDevops: Provider = { name: 'azure-devops', webhook };
