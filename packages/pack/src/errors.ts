import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

/** Every code of this package and whose move it is; listed with remedies in the README. */
const FAULTS = {
  'pack/access-refused': 'permission',
  'pack/repository-not-found': 'permission',
  'pack/redirected': 'configuration',
  'pack/host-unreachable': 'unavailable',
  'pack/host-key-unknown': 'permission',
  'pack/host-key-changed': 'permission',
  'pack/key-unreadable': 'configuration',
  'pack/connection-lost': 'unavailable',
  'pack/timeout': 'unavailable',
  'pack/transport-unsupported': 'failed',
  'pack/server-failed': 'unavailable',
  'pack/server-refused': 'failed',
  'pack/protocol-broken': 'failed',
  'pack/truncated': 'unavailable',
  'pack/corrupt': 'failed',
  'pack/object-missing': 'failed',
  'pack/not-a-commit': 'revision-missing',
  'pack/path-missing': 'configuration',
  'pack/tree-invalid': 'failed',
  'pack/path-unsafe': 'failed',
  'pack/too-large': 'failed',
  'pack/spool-failed': 'failed',
} as const satisfies Record<string, Fault>;

export type PackErrorCode = keyof typeof FAULTS;

/** What went wrong between a server's first byte and the last entry of a commit. Holds no credential. */
export class PackError extends CodedError {
  declare readonly code: PackErrorCode;
  /** All that the server said of itself, line by line and as it came, where it refused. */
  readonly serverWords: string | undefined;

  constructor(
    code: PackErrorCode,
    message: string,
    options: Partial<CodedErrorOptions> & { readonly serverWords?: string } = {},
  ) {
    super(code, message, { fault: FAULTS[code], ...options });
    this.serverWords = options.serverWords;
  }
}

/** Bytes that are not what they must be. The same request may bring the right ones. */
export function corrupt(what: string, cause?: unknown): PackError {
  return new PackError(
    'pack/corrupt',
    `The pack is corrupt: ${what}. Fetch it again; if it stays, run git fsck there.`,
    {
      retryable: true,
      cause,
    },
  );
}

/** A stream that ended before what it promised. */
export function truncated(what: string): PackError {
  return new PackError('pack/truncated', `The server's answer ended in the middle of ${what}. Try again.`);
}

/** A limit of ours, so that a hostile or huge repository cannot take all memory. */
export function tooLarge(what: string): PackError {
  return new PackError('pack/too-large', `${what}. Fetch it with git, or raise the limit.`);
}

/** An answer that protocol version 2 does not have. */
export function protocolBroken(what: string): PackError {
  return new PackError('pack/protocol-broken', `The server does not keep to Git's protocol: ${what}.`);
}

/** A server that is slower than it may be. */
export function timedOut(name: string, limitMs: number, what: string): PackError {
  const limit = `after ${Math.round(limitMs / 100) / 10} s ${what}`;
  return new PackError(
    'pack/timeout',
    `Reading from ${name} was ended ${limit}. Check that the server answers, and the network between.`,
  );
}
