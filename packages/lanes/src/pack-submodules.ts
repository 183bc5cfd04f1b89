import { isCommitSha, type PackedEntry } from '@gitsource/events';
import {
  expectSubmoduleDepth,
  GitError,
  namingSubmodule,
  parseModules,
  REFUSED_SHA,
  type SubmoduleRemote,
  submoduleCommitMissing,
  submoduleRemote,
  submoduleUrls,
} from '@gitsource/git';
import { openSession, PackError, type PackedTree, type PackLimits, packTree } from '@gitsource/pack';
import { type AsCheckedOut, asCheckedOut } from './as-checked-out.ts';
import { createTransport, type TransportPorts } from './create-transport.ts';
import { gitFailure } from './git-failure.ts';

export interface PackSubmodulesOptions extends SubmoduleRemote, Pick<AsCheckedOut, 'onConverted'> {
  readonly kind: 'direct' | 'recursive';
  readonly ports: TransportPorts;
  /** Ends every request. */
  readonly signal: AbortSignal;
  readonly spoolFolder: string;
}

/** Many of them may be open at once, as their contents are read until the artifact is written. */
const SUBMODULE_LIMITS: Partial<PackLimits> = {
  maxMemoryBytes: 8 * 1024 * 1024,
  maxCacheBytes: 4 * 1024 * 1024,
};

/**
 * A tree with the files of its submodules as a checkout has them: first its own, then those of each submodule below its path, as
 * `fetchCommit` of git gives them. A submodule is asked for when all before it has come. The entries reject with what the tree
 * rejects with, and for submodules with `git/submodule-failed`, which names it and has git's words.
 */
export function withSubmodules(tree: PackedTree, options: PackSubmodulesOptions): PackedTree {
  const trees = [tree];
  const sum = (of: (measures: ReturnType<PackedTree['measured']>) => number) =>
    trees.reduce((total, { measured }) => total + of(measured()), 0);
  return {
    ...tree,
    entries: () => entriesOf({ tree, ...options }, trees, '', 1),
    measured: () => ({
      ...tree.measured(),
      packBytes: sum(({ packBytes }) => packBytes),
      spooledBytes: sum(({ spooledBytes }) => spooledBytes),
      objects: sum(({ objects }) => objects),
    }),
    close: async () => {
      for (const { close } of trees) await close();
    },
  };
}

interface Holder extends PackSubmodulesOptions {
  readonly tree: PackedTree;
}

async function* entriesOf(
  holder: Holder,
  trees: PackedTree[],
  prefix: string,
  depth: number,
): AsyncGenerator<PackedEntry> {
  const { tree, kind } = holder;
  yield* prefix === '' ? tree.entries() : below(holder, prefix);
  const isWanted = depth === 1 || kind === 'recursive';
  if (!isWanted || tree.submodules.length === 0) return;
  expectSubmoduleDepth(depth, prefix);
  const urls = await readUrls(tree);
  for (const { path, sha } of tree.submodules) {
    const inner = await namingSubmodule(prefix + path, async () => {
      const own = submoduleRemote(holder, urls.get(path));
      return openSubmodule({ ...holder, ...own }, sha).catch((error) => refuse(own, error, sha));
    });
    trees.push(inner.tree);
    yield* entriesOf(inner, trees, `${prefix}${path}/`, depth + 1);
  }
}

/** The entries of a submodule, where they lie in the whole. */
async function* below(holder: Holder, prefix: string): AsyncGenerator<PackedEntry> {
  const entries = holder.tree.entries();
  const next = () => namingSubmodule(prefix.slice(0, -1), () => entries.next().catch((error) => refuse(holder, error)));
  try {
    for (let result = await next(); result.done !== true; result = await next()) {
      yield { ...result.value, path: prefix + result.value.path };
    }
  } finally {
    await entries.return(undefined);
  }
}

async function readUrls(tree: PackedTree): Promise<Map<string, string>> {
  const content = await tree.readFile('.gitmodules');
  const settings = parseModules(content ?? new Uint8Array());
  if (settings !== undefined) return submoduleUrls(settings);
  throw new GitError('git/submodule-failed', 'The file .gitmodules is not written as usual. Fetch it with git.');
}

async function openSubmodule(own: PackSubmodulesOptions, sha: string): Promise<Holder> {
  const { ports, remote: url, credentials, signal, spoolFolder, onConverted } = own;
  const transport = await createTransport(ports, { url, credentials, signal });
  const session = transport && (await openSession(transport));
  if (session === undefined || session === 'unsupported' || !isCommitSha(sha)) {
    throw new GitError('git/submodule-failed', `Only git can fetch from ${url.text}.`);
  }
  const tree = await packTree(session, sha, { spoolFolder, limits: SUBMODULE_LIMITS });
  return { ...own, tree: asCheckedOut(tree, { onConverted }) };
}

/** In git's words, as far as it has any. */
function refuse(own: SubmoduleRemote, error: unknown, sha?: string): never {
  const words = error instanceof PackError ? error.serverWords : undefined;
  if (sha !== undefined && words !== undefined && REFUSED_SHA.test(words))
    throw submoduleCommitMissing(own.remote, sha);
  throw gitFailure(error, own)?.error ?? error;
}
