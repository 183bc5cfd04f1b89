import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

/** What git needs to reach the server, and nothing of the machine's own configuration. */
export interface Place {
  readonly url: string;
  readonly caFile: string;
  /** Emptied before each run. */
  readonly folder: string;
}

/** Runs a line of shell in the folder; how long it took. */
async function timed({ caFile, folder }: Place, line: string): Promise<number> {
  const startedMs = performance.now();
  await succeeded(
    spawn('sh', ['-ec', line], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH,
        GIT_SSL_CAINFO: caFile,
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
      },
    }),
  );
  return performance.now() - startedMs;
}

async function succeeded(child: ChildProcess): Promise<void> {
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`a peer ended with ${String(status)}`);
}

/** What the published sample does: a checkout, then Info-ZIP over all of it but `.git`. */
export function cloneAndZip(place: Place): Promise<number> {
  return timed(place, `git clone -q --depth 1 ${place.url} c && cd c && zip -qry ../out.zip . -x '.git/*'`);
}

const BARE_FETCH = (url: string) =>
  `git init -q --bare b && cd b && git fetch -q --depth 1 ${url} refs/heads/main:refs/heads/main`;

export function fetchAndArchive(place: Place): Promise<number> {
  return timed(place, `${BARE_FETCH(place.url)} && git archive --format=zip -o ../out.zip main`);
}

/** No zip at all: the fetch, then every blob read once, on two cores. */
export function fetchAndRead(place: Place): Promise<number> {
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
