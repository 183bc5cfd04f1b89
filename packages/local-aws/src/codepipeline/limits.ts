/**
 * CodePipeline's quotas and this engine's own times. Quotas: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
 * and the API model.
 */
export const limits = {
  configurationValueChars: 1_000,
  configurationKeyChars: 50,
  actionTypeProperties: 10,
  artifactsPerSide: 5,
  stagesMin: 2,
  stagesMax: 50,
  actionsPerStage: 50,
  actionsPerPipeline: 500,
  pipelineVariables: 50,
  triggers: 50,
  /** `push` and `pullRequest` filters of one trigger, each. */
  triggerFilters: 3,
  /** `includes` and `excludes`, each. */
  triggerPatterns: 8,
  triggerPatternChars: 255,
  /** All output variables of one action, in bytes of UTF-8. */
  outputVariablesBytes: 122_880,
  /** QUEUED and PARALLEL executions that have not ended. */
  concurrentExecutions: 50,
  queryValueChars: 50,
  /** A pipeline's name where its action type has a queryable property. */
  queryablePipelineNameChars: 20,
  maxResults: 100,
  tags: 50,
  summaryChars: 2_048,
  failureMessageChars: 5_000,
  keySuffixChars: 7,
} as const;

export interface EngineTimes {
  /** AWS does not publish it: after this an unacknowledged job is handed out again, with a new nonce. */
  readonly jobLeaseMs: number;
  /** AWS promises no order between the STARTED event and the first poll that sees the job. */
  readonly jobVisibleAfterMs: number;
  /** A custom action in all: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html */
  readonly jobTimeoutMs: number;
  /** Lifetime of a job's artifact credentials; AWS does not publish it. */
  readonly credentialLifetimeMs: number;
  /** How often a young build is asked for; longer ones less often. */
  readonly buildPollMs: number;
}

export const defaultTimes: EngineTimes = {
  jobLeaseMs: 30_000,
  jobVisibleAfterMs: 50,
  jobTimeoutMs: 24 * 3_600_000,
  credentialLifetimeMs: 3_600_000,
  buildPollMs: 100,
};
