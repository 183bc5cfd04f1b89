import { execFileSync } from 'node:child_process';

/** Oldest Node that AWS's runtime client and the shipped programs run on. */
const OLDEST_MAJOR = 22;

let found: string | undefined;

/** A Node that can run what Lambda and CodeBuild run: this one if it is new enough, else the first `node` on PATH. */
export function nodeProgram(): string {
  if (found !== undefined) return found;
  if (major(process.versions.node) >= OLDEST_MAJOR) {
    found = process.execPath;
    return found;
  }
  const [path = '', version = ''] = JSON.parse(
    execFileSync('node', ['-p', 'JSON.stringify([process.execPath, process.versions.node])'], { encoding: 'utf8' }),
  );
  if (major(version) < OLDEST_MAJOR) {
    throw new Error(
      `local-aws runs functions on Node ${OLDEST_MAJOR} or newer, and found ${version} at ${path}: install a newer Node`,
    );
  }
  found = path;
  return path;
}

function major(version: string): number {
  return Number(version.split('.')[0]);
}
