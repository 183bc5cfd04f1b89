export { assertConnectionServes, assertConnectionServesApi, isAllowedRepository } from './assert-connection-serves.ts';
export { type AwsFailure, readAwsFailure } from './aws-failure.ts';
export { type Connection, type GithubApp, type OauthConsumer, parseConnection } from './connection.ts';
export { type Env, type EnvSpec, type EnvVariable, readEnv } from './environment.ts';
export { RuntimeError, type RuntimeErrorCode } from './errors.ts';
export { findProxy, type HttpProxy } from './find-proxy.ts';
export { type HttpRequest, parseHttpRequest } from './http-request.ts';
export { createLog, type Log, type LogFields } from './log.ts';
export { matchHost, type RepositoryHost } from './match-host.ts';
export { readRetryAfter } from './outgoing-attempts.ts';
export {
  createOutgoingDownload,
  type Download,
  type DownloadOptions,
  type OutgoingDownload,
} from './outgoing-download.ts';
export {
  createOutgoingFetch,
  type OutgoingFetch,
  type OutgoingInit,
  type OutgoingOptions,
} from './outgoing-fetch.ts';
export {
  CUSTOM_RESOURCE_RESPONSE_MS,
  type CustomResourceResponse,
  putCustomResourceResponse,
} from './put-custom-resource-response.ts';
export { type DeadLetterQueue, putDeadLetter } from './put-dead-letter.ts';
export { type ConnectionVersions, readConnection, readConnectionVersions } from './read-connection.ts';
export { describeError, redactFields, redactText } from './redact.ts';
