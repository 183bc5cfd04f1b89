import { relative } from 'node:path';
import { bundleApp } from './bundle-app.ts';
import { BundleError } from './errors.ts';

try {
  const { zipFile, bytes, files } = await bundleApp(process.cwd());
  console.log(`${relative(process.cwd(), zipFile)}: ${(bytes / 1024).toFixed(1)} KiB, ${files.length} files`);
} catch (error) {
  // esbuild has printed its own findings, with file and line.
  if (error instanceof BundleError) console.error(error.message);
  else if (!(error instanceof Error && 'errors' in error)) console.error(error);
  process.exitCode = 1;
}
