import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

/** Every code of this package and whose move it is. */
const FAULTS = {
  'git/git-missing': 'failed',
  'git/git-too-old': 'failed',
  'git/ssh-missing': 'failed',
  'git/lfs-missing': 'failed',
  'git/key-invalid': 'configuration',
  'git/key-has-passphrase': 'configuration',
  'git/credentials-invalid': 'configuration',
  'git/host-key-unknown': 'permission',
  'git/host-key-changed': 'permission',
  'git/certificate-unknown': 'permission',
  'git/authentication-failed': 'permission',
  'git/repository-not-found': 'permission',
  'git/redirected': 'configuration',
  'git/repository-empty': 'revision-missing',
  'git/ref-missing': 'revision-missing',
  'git/ref-not-commit': 'revision-missing',
  'git/commit-not-on-ref': 'revision-moved',
  'git/path-missing': 'configuration',
  'git/path-unsafe': 'failed',
  'git/submodule-failed': 'configuration',
  'git/lfs-failed': 'failed',
  'git/host-unreachable': 'unavailable',
  'git/connection-lost': 'unavailable',
  'git/server-error': 'unavailable',
  'git/timeout': 'unavailable',
  'git/aborted': 'failed',
  'git/disk-full': 'failed',
  'git/failed': 'failed',
} as const satisfies Record<string, Fault>;

export type GitErrorCode = keyof typeof FAULTS;

/** What went wrong with git, the server, the credentials or the revision asked for. Holds no credential. */
export class GitError extends CodedError {
  constructor(code: GitErrorCode, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { fault: FAULTS[code], ...options });
  }
}
