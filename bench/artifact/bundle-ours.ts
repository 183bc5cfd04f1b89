import { join } from 'node:path';
import { build } from 'esbuild';

/** Our way bundled as the apps are. */
export async function bundleOurs(folder: string): Promise<string> {
  const outdir = join(folder, 'program');
  await build({
    entryPoints: [join(import.meta.dirname, 'ours.ts')],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    splitting: true,
    minifyWhitespace: true,
    minifySyntax: true,
    conditions: ['@gitsource/source', 'module'],
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);" },
  });
  return join(outdir, 'ours.mjs');
}
