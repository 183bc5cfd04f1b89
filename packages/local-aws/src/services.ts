import type { Cloud } from './cloud/cloud.ts';
import type { Service, ServiceName } from './cloud/service.ts';
import { createCloudFormation } from './cloudformation/index.ts';
import { createCodePipeline } from './codepipeline/index.ts';
import { createIam } from './iam/index.ts';
import { createS3 } from './s3/index.ts';
import { createSts } from './sts/index.ts';

// One line per service: whoever adds a service folder adds its import above and its line here.
export const SERVICES: Readonly<Partial<Record<ServiceName, (cloud: Cloud) => Service>>> = {
  cloudformation: createCloudFormation,
  codepipeline: (cloud) => createCodePipeline(cloud),
  iam: createIam,
  s3: createS3,
  sts: createSts,
};
