import type { CommitSha } from '@gitsource/events';
import { parsePaths } from '@gitsource/git';
import { listRefs, openSession, type PackedClone, type PackedTree, packTree, type Session } from '@gitsource/pack';
import type { Connection } from '@gitsource/runtime';
import { candidatesOf, chooseCommit } from './choose-way.ts';
import { createTransport } from './create-transport.ts';
import { findCommit } from './find-commit.ts';
import { gitCredentials } from './git-credentials.ts';
import { CLONED_REFS, openClone } from './open-clone.ts';
import { type PackSubmodulesOptions, withSubmodules } from './pack-submodules.ts';
import type { Ports } from './ports.ts';
import type { SourceRequest } from './source.ts';
import { tellFetched } from './tell-fetching.ts';

/** For what the server can do and which refs it has: both answers are short, and git has time limits of its own. */
const OPENING_TIMEOUT_MS = 30_000;

export interface OpenedPack {
  readonly refName: string;
  /** To be closed. */
  readonly tree: PackedTree | PackedClone;
}

type Request = Pick<
  SourceRequest,
  'gitUrl' | 'remote' | 'ref' | 'pinnedCommit' | 'outputArtifactFormat' | 'paths' | 'submodules'
>;

export interface OpenPackOptions {
  readonly connection: Connection | undefined;
  /** Ends every request. */
  readonly signal: AbortSignal;
  readonly openingTimeoutMs?: number | undefined;
}

/**
 * Finds the commit that a job names, and begins to read it; `why` where only git can do that. Throws what the pack's session and
 * tree throw.
 */
export async function openPack(
  { log, workFolder }: Pick<Ports, 'log' | 'workFolder'>,
  request: Request,
  { connection, signal, openingTimeoutMs = OPENING_TIMEOUT_MS }: OpenPackOptions,
): Promise<OpenedPack | { readonly why: string }> {
  const { gitUrl, remote = gitUrl, outputArtifactFormat } = request;
  const credentials = gitCredentials(connection, remote);
  const opening = new AbortController();
  const timer = setTimeout(() => opening.abort(), openingTimeoutMs);
  try {
    const transport = createTransport(remote, credentials, AbortSignal.any([signal, opening.signal]));
    if (transport === undefined) return { why: 'the transport is one of git alone' };
    const session = await openSession(transport);
    if (session === 'unsupported') return { why: "the server does not offer version 2 of Git's protocol" };
    const isClone = outputArtifactFormat === 'FULL_CLONE';
    const listed = await listRefs(session, [...candidatesOf(request.ref), ...(isClone ? CLONED_REFS : [])]);
    clearTimeout(timer);
    const chosen = chooseCommit(request.ref, request.pinnedCommit, listed);
    const found = await findCommit({ log, workFolder }, session, chosen);
    if ('why' in found) return found;
    const place = { remote, credentials, signal, spoolFolder: workFolder };
    const tree = await log.step<OpenedPack['tree']>(
      () => (isClone ? openClone(session, { ...found, listed }, place) : openTree(session, found.sha, request, place)),
      ({ commit }) => tellFetched({ commit, refName: found.refName }),
    );
    return { refName: found.refName, tree };
  } catch (error) {
    if (opening.signal.aborted) return { why: `the server did not answer within ${openingTimeoutMs / 1000} s` };
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function openTree(
  session: Session,
  sha: CommitSha,
  { paths, submodules }: Request,
  place: Omit<PackSubmodulesOptions, 'kind'>,
): Promise<PackedTree> {
  const tree = await packTree(session, sha, { spoolFolder: place.spoolFolder, paths: parsePaths(paths) });
  return submodules === 'none' ? tree : withSubmodules(tree, { kind: submodules, ...place });
}
