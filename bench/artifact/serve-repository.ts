import { runGit, startGitServer } from '@gitsource/local-git';
import { startRecordingServer } from './recording-server.ts';
import { fillWithShape, SHAPES } from './shapes.ts';
import { readOptions, serve } from './start-process.ts';

export interface RepositoryOptions {
  /** Generated repositories are kept here. */
  readonly folder: string;
  /** One of `SHAPES`, or a URL of a repository that anyone may read. */
  readonly source: { readonly shape: string; readonly scale: number } | { readonly url: string };
}

/** Where the recorded answers are. */
export interface ServedRepository {
  readonly url: string;
  readonly port: number;
  readonly caCertificate: string;
}

const { folder, source } = readOptions<RepositoryOptions>();
if ('url' in source) {
  const { origin, pathname } = new URL(source.url);
  const recorded = await startRecordingServer({ origin });
  serve(toServed(recorded, pathname), () => recorded.close());
} else {
  const server = await startGitServer({ folder });
  const made = await server.createRepository(`bench/${source.shape}-${source.scale}`, { access: 'public' });
  const shape = SHAPES.find(({ name }) => name === source.shape);
  if (shape === undefined) throw new Error(`there is no shape ${source.shape}`);
  const isFilled = (await runGit(made.folder, ['for-each-ref'])) !== '';
  if (!isFilled) await fillWithShape(made.folder, shape, source.scale);
  const recorded = await startRecordingServer(server.https);
  serve(toServed(recorded, new URL(made.httpsUrl).pathname), async () => {
    recorded.close();
    await server.close();
  });
}

function toServed(
  { origin, caCertificate }: { origin: string; caCertificate: string },
  path: string,
): ServedRepository {
  return { url: `${origin}${path}`, port: Number(new URL(origin).port), caCertificate };
}
