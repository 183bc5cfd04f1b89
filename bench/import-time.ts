import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleApp } from '@gitsource/bundle';
import { median } from './median.ts';

const RUNS = 15;

export interface ImportTime {
  readonly app: string;
  readonly zipBytes: number;
  readonly importMs: number;
  /** Of a bundle, made the same way, of nothing but the clients and commands that the app uses. */
  readonly clientsMs: number;
}

/** An app and the program that has its AWS clients and nothing else. */
export interface MeasuredApp {
  readonly name: string;
  readonly folder: string;
  readonly clients: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Import times of an app's bundle and of its clients alone: fresh processes, in turn, medians. */
export async function measureImport(app: MeasuredApp): Promise<ImportTime> {
  const scratch = await mkdtemp(join(tmpdir(), 'gitsource-bench-'));
  try {
    const own = await unpack(join(app.folder, 'dist', `${app.name}.zip`), join(scratch, 'own'));
    const clients = await bundleClients(app, join(scratch, 'clients'));
    const own$: number[] = [];
    const clients$: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const pair = [importOnce(own.index, app.environment), importOnce(clients.index, app.environment)] as const;
      // The first pair warms the disk cache.
      if (run === 0) continue;
      own$.push(pair[0]);
      clients$.push(pair[1]);
    }
    return { app: app.name, zipBytes: own.bytes, importMs: median(own$), clientsMs: median(clients$) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function bundleClients(app: MeasuredApp, folder: string): Promise<{ index: string; bytes: number }> {
  await mkdir(join(folder, 'src'), { recursive: true });
  await symlink(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: '@bench/clients', type: 'module' }));
  await writeFile(join(folder, 'src', 'index.ts'), app.clients);
  const { zipFile } = await bundleApp(folder);
  return unpack(zipFile, join(folder, 'unpacked'));
}

async function unpack(zipFile: string, folder: string): Promise<{ index: string; bytes: number }> {
  await mkdir(folder, { recursive: true });
  execFileSync('unzip', ['-q', zipFile, '-d', folder]);
  const bytes = Number(execFileSync('stat', ['-c', '%s', zipFile], { encoding: 'utf8' }));
  return { index: join(folder, 'index.mjs'), bytes };
}

function importOnce(index: string, environment: Readonly<Record<string, string>>): number {
  const program =
    'const t = performance.now(); await import(process.argv[1]); console.log(performance.now() - t); process.exit()';
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program, index], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', AWS_REGION: 'us-east-1', ...environment },
  });
  return Number(output.trim().split('\n').at(-1));
}
