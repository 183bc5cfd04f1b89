import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { type App, readApp } from './read-app.ts';
import { zipFiles } from './zip-files.ts';

/** Dependencies written as CommonJS ask for `require` of Node's own modules and for `__dirname`, which an ES module does not have. */
const COMMONJS_BANNER =
  "import { createRequire } from 'node:module';const require = createRequire(import.meta.url), __dirname = import.meta.dirname;";
/** A native part of `ssh2` that is built on the machine that installs it; without it, it does as well. */
const LEFT_OUT = ['cpu-features'];

export interface Bundle {
  /** Absolute path of `dist/<app>.zip`; `dist/<app>.meta.json` beside it says what takes how many bytes. */
  readonly zipFile: string;
  readonly bytes: number;
  readonly files: readonly string[];
}

/**
 * Bundles `src/index.ts` of the app in `folder` into `dist/<app>.zip`, which holds `index.mjs` (handler
 * `index.handler`) and its chunks. Same sources, same bytes: from any folder, in any time zone.
 */
export async function bundleApp(folder: string): Promise<Bundle> {
  const app = await readApp(folder);
  const { outputFiles, metafile } = await runEsbuild(folder, app);
  const files = outputFiles.map((file) => ({ name: basename(file.path), content: file.contents }));
  const zip = zipFiles(files);

  const dist = join(folder, 'dist');
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  const zipFile = join(dist, `${app.name}.zip`);
  await writeFile(zipFile, zip);
  await writeFile(join(dist, `${app.name}.meta.json`), `${JSON.stringify(metafile satisfies Metafile, null, 1)}\n`);
  return { zipFile, bytes: zip.length, files: files.map((file) => file.name) };
}

function runEsbuild(folder: string, app: App) {
  return build({
    absWorkingDir: folder,
    entryPoints: { index: 'src/index.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: app.target,
    // Chunks keep what a run may never need, such as the SDK's credential providers, unloaded.
    splitting: true,
    // A list of conditions switches off esbuild's own `module`, without which the SDK comes as CommonJS.
    conditions: ['@gitsource/source', 'module'],
    mainFields: ['module', 'main'],
    banner: { js: COMMONJS_BANNER },
    external: LEFT_OUT,
    minifyWhitespace: true,
    minifySyntax: true,
    // Names stay, so that a stack trace in a log can be read without a source map.
    minifyIdentifiers: false,
    sourcemap: false,
    legalComments: 'eof',
    charset: 'utf8',
    logLevel: 'warning',
  });
}
