export type { CallLogEntry } from './cloud/call-log.ts';
export type { Cloud } from './cloud/cloud.ts';
export type { EventFaults } from './events/index.ts';
export { type LocalAws, type LocalAwsOptions, startLocalAws } from './start-local-aws.ts';
