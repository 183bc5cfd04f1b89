import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What git needs to reach the server, and nothing of the machine's own configuration. */
export interface Place {
  readonly url: string;
  readonly caFile: string;
  /** Emptied before each run. */
  readonly folder: string;
}

export interface Timed {
  readonly ms: number;
  /** Of all processes. */
  readonly cpuMs: number;
}

const FIND_CPU = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/;

/** Runs lines of shell in the folder. */
async function timed({ caFile, folder }: Place, lines: string): Promise<Timed> {
  const environment = {
    PATH: process.env.PATH,
    GIT_SSL_CAINFO: caFile,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
  const startedMs = performance.now();
  // `times` ends with what the shell's children took, user and system.
  const { stdout } = await run('sh', ['-ec', `${lines}\ntimes`], { cwd: folder, env: environment });
  const ms = performance.now() - startedMs;
  const [, userMinutes, userSeconds, systemMinutes, systemSeconds] = (FIND_CPU.exec(stdout) ?? []).map(Number);
  const seconds = (minutes = Number.NaN, rest = Number.NaN) => minutes * 60 + rest;
  return { ms, cpuMs: (seconds(userMinutes, userSeconds) + seconds(systemMinutes, systemSeconds)) * 1000 };
}

/** What the published sample does: a checkout, then Info-ZIP over all of it but `.git`. */
export function cloneAndZip(place: Place): Promise<Timed> {
  return timed(place, `git clone -q --depth 1 ${place.url} c && cd c && zip -qry ../out.zip . -x '.git/*'`);
}

const BARE_FETCH = (url: string) =>
  `git init -q --bare b && cd b && git fetch -q --depth 1 ${url} refs/heads/main:refs/heads/main`;

export function fetchAndArchive(place: Place): Promise<Timed> {
  return timed(place, `${BARE_FETCH(place.url)} && git archive --format=zip -o ../out.zip main`);
}

/** No zip at all: the fetch, then every blob read once, on two cores. */
export function fetchAndRead(place: Place): Promise<Timed> {
  const lines = [
    BARE_FETCH(place.url),
    'git ls-tree -r main | awk \'{ print $3 > (NR % 2 ? "odd" : "even") }\'',
    'git cat-file --batch < odd > /dev/null &',
    'git cat-file --batch < even > /dev/null',
    'wait',
  ];
  return timed(place, lines.join('\n'));
}

export function clear({ folder }: Place): void {
  for (const name of ['c', 'b', 'out.zip']) rmSync(join(folder, name), { recursive: true, force: true });
}
