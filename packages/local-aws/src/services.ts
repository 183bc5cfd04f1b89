import type { Cloud } from './cloud/cloud.ts';
import type { Service, ServiceName } from './cloud/service.ts';
import { createCodePipeline } from './codepipeline/index.ts';
import { createSts } from './sts/index.ts';

// One line per service: whoever adds a service folder adds its import above and its line here.
export const SERVICES: Readonly<Partial<Record<ServiceName, (cloud: Cloud) => Service>>> = {
  codepipeline: (cloud) => createCodePipeline(cloud),
  sts: createSts,
};
