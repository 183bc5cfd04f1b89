export { type Certificates, createCertificates } from './certificates.ts';
export * from './commit-files.ts';
export type { Fault } from './fault.ts';
export { type RunGitOptions, runGit } from './git-program.ts';
export { putLfsObject } from './lfs-store.ts';
export * from './ssh-key-pair.ts';
export * from './start-git-server.ts';
export { type HttpProxyOptions, type RunningProxy, startHttpProxy } from './start-http-proxy.ts';
