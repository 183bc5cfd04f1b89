import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Mounts a file system of `$1` MB at $TMPDIR, seen by this process only, and becomes the rest of its arguments, without
 * the variables that a shell sets.
 */
const IN_MOUNT =
  'mount -t tmpfs -o "size=$1m,mode=700" tmpfs "$TMPDIR" && shift && exec env -u PWD -u OLDPWD -u SHLVL -u _ "$@"';
/** As root, or as whoever may be root in a user namespace. */
const NAMESPACES = [['--mount'], ['--mount', '--map-root-user']];

let namespace: Promise<readonly string[] | undefined> | undefined;

/**
 * The temporary folder of one execution environment, in place of Lambda's `/tmp`: its own, empty at first, and where Linux
 * lets this user mount, no larger than the function's EphemeralStorage (ENOSPC beyond it). It goes with the process.
 */
export class ScratchFolder {
  /** For TMPDIR. */
  readonly path: string;
  readonly #sizeMb: number;
  readonly #namespace: readonly string[] | undefined;

  private constructor(path: string, sizeMb: number, within: readonly string[] | undefined) {
    this.path = path;
    this.#sizeMb = sizeMb;
    this.#namespace = within;
  }

  static async create(folder: string, sizeMb: number): Promise<ScratchFolder> {
    mkdirSync(folder, { recursive: true });
    namespace ??= findNamespace(folder);
    const within = await namespace;
    return new ScratchFolder(mkdtempSync(join(folder, 'tmp-')), sizeMb, within);
  }

  /** The command that runs `program` with this folder as TMPDIR, which its environment must name. */
  command(program: string, args: readonly string[]): readonly [string, readonly string[]] {
    if (this.#namespace === undefined) return [program, args];
    const shell = ['sh', '-c', IN_MOUNT, 'sh', String(this.#sizeMb), program, ...args];
    return ['unshare', [...this.#namespace, '--', ...shell]];
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

async function findNamespace(folder: string): Promise<readonly string[] | undefined> {
  const TMPDIR = mkdtempSync(join(folder, 'tmp-'));
  try {
    for (const candidate of NAMESPACES) {
      if (await isUsable(candidate, TMPDIR)) return candidate;
    }
    return undefined;
  } finally {
    await rm(TMPDIR, { recursive: true, force: true });
  }
}

async function isUsable(candidate: readonly string[], TMPDIR: string): Promise<boolean> {
  try {
    await run('unshare', [...candidate, '--', 'sh', '-c', IN_MOUNT, 'sh', '1', 'true'], {
      env: { PATH: process.env.PATH, TMPDIR },
    });
    return true;
  } catch {
    return false;
  }
}
