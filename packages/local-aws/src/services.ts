import { createApiGateway, createApiGatewayV2 } from './apigateway/index.ts';
import type { LocalCloud } from './cloud/local-cloud.ts';
import type { Service, ServiceName } from './cloud/service.ts';
import { createCloudFormation } from './cloudformation/index.ts';
import { createCloudWatch } from './cloudwatch/index.ts';
import { createCodeBuild } from './codebuild/index.ts';
import { type ConnectedRepository, createCodeConnections } from './codeconnections/index.ts';
import { createCodePipeline } from './codepipeline/index.ts';
import { createEvents, type EventFaults, type PutEventsFaults } from './events/index.ts';
import type { FrontDoorLimits } from './front-door/limits.ts';
import { createIam } from './iam/index.ts';
import { createKms } from './kms/index.ts';
import { createLambda } from './lambda/index.ts';
import { createLogs } from './logs/index.ts';
import { createS3 } from './s3/index.ts';
import { createSecretsManager } from './secretsmanager/index.ts';
import { createSqs } from './sqs/index.ts';
import { createSsm } from './ssm/index.ts';
import { createSts } from './sts/index.ts';

/** What a service may be started with beside the cloud. */
export interface ServiceOptions {
  readonly eventFaults?: EventFaults;
  readonly putEventsFaults?: PutEventsFaults;
  readonly frontDoor?: FrontDoorLimits;
  readonly connectedRepository?: ConnectedRepository;
}

// One line per service: whoever adds a service folder adds its import above and its line here.
export const SERVICES: Readonly<Partial<Record<ServiceName, (cloud: LocalCloud, options: ServiceOptions) => Service>>> =
  {
    apigateway: (cloud, { frontDoor }) => createApiGateway(cloud, frontDoor),
    apigatewayv2: (cloud, { frontDoor }) => createApiGatewayV2(cloud, frontDoor),
    cloudformation: createCloudFormation,
    codebuild: (cloud) => createCodeBuild(cloud),
    codeconnections: (cloud, { connectedRepository }) =>
      createCodeConnections(cloud, 'codeconnections', connectedRepository),
    'codestar-connections': (cloud, { connectedRepository }) =>
      createCodeConnections(cloud, 'codestar-connections', connectedRepository),
    codepipeline: (cloud) => createCodePipeline(cloud),
    events: (cloud, { eventFaults, putEventsFaults }) => createEvents(cloud, eventFaults, putEventsFaults),
    iam: createIam,
    s3: createS3,
    cloudwatch: createCloudWatch,
    kms: createKms,
    lambda: (cloud, { frontDoor }) => createLambda(cloud, frontDoor),
    logs: createLogs,
    secretsmanager: createSecretsManager,
    sqs: createSqs,
    ssm: createSsm,
    sts: createSts,
  };
