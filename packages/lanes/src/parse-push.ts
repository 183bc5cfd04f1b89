import {
  type CommitSha,
  type GitRef,
  type GitUrl,
  objectKeyOf,
  parseCommitSha,
  parseGitRef,
  parseGitUrl,
} from '@gitsource/events';
import { LanesError } from './errors.ts';

/** One pushed ref, checked. */
export interface Push {
  /** As the event names the repository, which its URL may not: `PROJECT/repo` of `/scm/project/repo.git`. */
  readonly repositoryPath: string;
  readonly gitUrl: GitUrl;
  /** Where git connects to; `gitUrl` itself without a host override. */
  readonly remote: GitUrl;
  /** A branch or tag by its full name, so that a tag is never taken for the branch of its name. */
  readonly ref: GitRef;
  /** What was pushed; the ref may hold a newer one by now. */
  readonly commit?: CommitSha;
  readonly deliveryId: string;
  /** Key of the ref's object. */
  readonly key: string;
}

export interface PushTexts {
  readonly repositoryPath: string;
  readonly gitUrl: string;
  readonly ref: string;
  readonly commit: string | undefined;
  readonly deliveryId: string;
  readonly hostOverride: string | undefined;
}

/** A UUID, or whatever else a provider calls a delivery; it goes into metadata, which is short. */
const DELIVERY_ID = /^[\x21-\x7e]{1,200}$/;

/**
 * Reads what an event says of a push; whoever may push chose some of it.
 * Throws `lanes/push-invalid`, `events/git-url-invalid`, `events/ref-invalid`, `events/commit-sha-invalid`.
 */
export function parsePush(texts: PushTexts): Push {
  const { repositoryPath, deliveryId } = texts;
  const segments = repositoryPath.split('/');
  if (/\p{Cc}/u.test(repositoryPath) || segments.some((part) => part === '' || part === '.' || part === '..')) {
    throw invalid('PUSH_REPOSITORY_PATH', repositoryPath, 'not a path such as group/project');
  }
  if (!DELIVERY_ID.test(deliveryId))
    throw invalid('PUSH_DELIVERY_ID', deliveryId, 'not up to 200 printable characters');
  const ref = parseGitRef(texts.ref);
  if (ref.kind !== 'branch' && ref.kind !== 'tag') {
    throw invalid('PUSH_REF', texts.ref, 'not the full name of a branch or tag, such as refs/heads/main');
  }
  const gitUrl = parseGitUrl(texts.gitUrl);
  const { hostOverride } = texts;
  return {
    repositoryPath,
    gitUrl,
    remote: hostOverride === undefined ? gitUrl : withHost(gitUrl, hostOverride),
    ref,
    ...(texts.commit !== undefined && { commit: parseCommitSha(texts.commit) }),
    deliveryId,
    key: objectKeyOf({ repository: { path: repositoryPath }, refType: ref.kind, refName: ref.shortName }),
  };
}

/** The same repository by another name of its server; the port stays unless the name brings one. */
function withHost({ kind, user, port, path, text }: GitUrl, override: string): GitUrl {
  const [, host = override, ownPort = port] = /^(\[.+\]|[^:]+):(\d+)$/.exec(override) ?? [];
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const account = user === undefined ? '' : `${user}@`;
  // `git@host:path` has no place for a port.
  if (!text.includes('://') && ownPort === undefined) return parseGitUrl(`${account}${name}:${path}`);
  const place = `${account}${name}${ownPort === undefined ? '' : `:${ownPort}`}`;
  return parseGitUrl(`${kind}://${place}/${path.replace(/^\/+/, '')}`);
}

function invalid(variable: string, value: string, reason: string): LanesError {
  return new LanesError(
    'lanes/push-invalid',
    'configuration',
    `${variable} is ${JSON.stringify(value.slice(0, 200))}, which is ${reason}. Correct the rule that starts this build.`,
  );
}
