import type { GitRef, GitUrl } from '@gitsource/events';
import { type GitError, missingRef, remoteFailure } from '@gitsource/git';
import { listRefs, openSession, type PackedClone, type Session } from '@gitsource/pack';
import type { Connection } from '@gitsource/runtime';
import type { AsCheckedOut } from './as-checked-out.ts';
import { candidatesOf, chooseCommit } from './choose-way.ts';
import { createTransport, type TransportPorts } from './create-transport.ts';
import { findCommit } from './find-commit.ts';
import { gitCredentials } from './git-credentials.ts';
import { CLONED_REFS, openClone } from './open-clone.ts';
import { type OpenedTree, openTree } from './open-tree.ts';
import type { Ports, WhyNot } from './ports.ts';
import type { SourceRequest } from './source.ts';
import { tellFetched } from './tell-fetching.ts';

/** For what the server can do and which refs it has: both answers are short, and git has time limits of its own. */
const OPENING_TIMEOUT_MS = 30_000;

export interface OpenedPack {
  readonly refName: string;
  /** To be closed. */
  readonly tree: OpenedTree | PackedClone;
}

type Request = Pick<
  SourceRequest,
  'gitUrl' | 'remote' | 'ref' | 'pinnedCommit' | 'outputArtifactFormat' | 'paths' | 'submodules'
>;

export interface OpenPackOptions extends Pick<AsCheckedOut, 'onConverted'> {
  readonly connection: Connection | undefined;
  /** Ends every request. */
  readonly signal: AbortSignal;
  readonly openingTimeoutMs?: number | undefined;
}

/**
 * Finds the commit that a job names, and begins to read it; `why` where only git can do that. Throws `git/ref-missing`,
 * `git/repository-empty`, and what the transport, the pack's session and its tree throw.
 */
export async function openPack(
  ports: Pick<Ports, 'log' | 'cacheBucket'> & TransportPorts,
  request: Request,
  { connection, signal, onConverted, openingTimeoutMs = OPENING_TIMEOUT_MS }: OpenPackOptions,
): Promise<OpenedPack | WhyNot> {
  const { log, workFolder } = ports;
  const { gitUrl, remote = gitUrl, outputArtifactFormat } = request;
  const credentials = gitCredentials(connection, remote);
  const opening = new AbortController();
  const timer = setTimeout(() => opening.abort(), openingTimeoutMs);
  try {
    const until = AbortSignal.any([signal, opening.signal]);
    const transport = await createTransport(ports, { url: remote, credentials, signal: until });
    if (transport === undefined) return { why: 'the transport is one of git alone' };
    const session = await openSession(transport);
    if (session === 'unsupported') return { why: "the server does not offer version 2 of Git's protocol" };
    const isClone = outputArtifactFormat === 'FULL_CLONE';
    const listed = await listRefs(session, [...candidatesOf(request.ref), ...(isClone ? CLONED_REFS : [])]);
    const chosen = chooseCommit(request.ref, request.pinnedCommit, listed);
    if (chosen === undefined) throw await whyMissing(session, remote, request.ref);
    clearTimeout(timer);
    const found = await findCommit({ log, workFolder }, { session, remote }, chosen);
    if ('why' in found) return found;
    const place = { ports: { ...ports, signal }, remote, credentials, signal, spoolFolder: workFolder, onConverted };
    const tree = await log.step<OpenedPack['tree']>(
      () => (isClone ? openClone(session, { ...found, listed }, place) : openTree(session, found.sha, request, place)),
      ({ commit }) => tellFetched({ commit, refName: found.refName }),
    );
    return { refName: found.refName, tree };
  } catch (error) {
    if (!opening.signal.aborted) throw error;
    const why = `the server did not answer within ${openingTimeoutMs / 1000} s`;
    return { why, cause: remoteFailure('silent', remote, '', error) };
  } finally {
    clearTimeout(timer);
  }
}

/** What git says, which asks for all refs as well. */
async function whyMissing(session: Session, remote: GitUrl, ref: GitRef): Promise<GitError> {
  const all = await listRefs(session, []);
  return missingRef(
    remote,
    ref,
    all.map(({ name }) => name),
  );
}
