export type { CallLogEntry } from './cloud/call-log.ts';
export type { Cloud } from './cloud/cloud.ts';
export type { ConnectedRepository } from './codeconnections/index.ts';
export type { EventFaults, PutEntry, PutEventsFaults } from './events/index.ts';
export type { FrontDoorLimits } from './front-door/limits.ts';
export { type LocalAws, type LocalAwsOptions, startLocalAws } from './start-local-aws.ts';
