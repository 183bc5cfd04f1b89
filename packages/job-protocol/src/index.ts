export { type Acknowledgement, acknowledgeJob } from './acknowledge-job.ts';
export {
  ACTION_CONFIGURATION_KEYS,
  type ActionConfiguration,
  parseActionConfiguration,
} from './action-configuration.ts';
export { awsCallError, JobProtocolError, type JobProtocolErrorCode } from './errors.ts';
export { failureDetails, type JobFailure } from './failure-details.ts';
export * from './limits.ts';
export {
  type FetchedSource,
  OUTPUT_VARIABLE_NAMES,
  type OutputVariables,
  outputVariables,
} from './output-variables.ts';
export { type ActionTypeName, type OfferedJob, pollForJobs } from './poll-for-jobs.ts';
export { putJobFailure } from './put-job-failure.ts';
export { type JobSuccess, type PutResult, putJobSuccess } from './put-job-success.ts';
export {
  type ArtifactCredentials,
  type ArtifactLocation,
  type JobDetails,
  readJobDetails,
} from './read-job-details.ts';
