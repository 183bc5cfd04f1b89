import { randomUUID } from 'node:crypto';
import { parseGitUrl } from '@gitsource/events';
import { createHttpsTransport, listRefs, openSession, packTree } from '@gitsource/pack';
import { leftOf } from '../packages/lanes/src/object-cache/left-objects.ts';
import { loadKept } from '../packages/lanes/src/object-cache/open-cache.ts';
import { S3ObjectCache } from '../packages/lanes/src/object-cache/s3-object-cache.ts';
import { CACHE } from '../packages/lanes/test/job-fixture.ts';
import type { Measured } from './measure-pulls.ts';

/** What a pull by the pack leaves to be done when nothing waits any more. */
export interface PulledByPack {
  readonly finish: () => Promise<void>;
}

/** Reads every entry of the newest commit from the server's pack, with or without what an earlier pull kept. */
export async function pullByPack(of: Measured, isCached: boolean): Promise<PulledByPack> {
  const { fixture, repository, url } = of;
  const { s3, log, signal } = fixture.pushPorts;
  const { caCertificate } = fixture.git.https;
  // Whatever the size: where it begins to pay is to be seen.
  const place = { s3, bucket: CACHE, prefix: `${repository.name}/pack`, log, signal };
  const cache = isCached ? new S3ObjectCache({ ...place, randomName: randomUUID, minBytes: 0 }) : undefined;
  const session = await openSession(createHttpsTransport({ url: parseGitUrl(url), caCertificate }));
  if (session === 'unsupported') throw new Error('the server has no packs for us');
  const [ref] = await listRefs(session, ['refs/heads/main']);
  if (ref === undefined) throw new Error('the server has no branch main');
  const tree = await packTree(session, ref.sha, {
    spoolFolder: fixture.scratch,
    kept: cache && (await loadKept(cache)),
  });
  for await (const entry of tree.entries()) void entry;
  return {
    finish: async () => {
      const left = cache && leftOf(tree);
      if (left !== undefined) await cache?.keep(left);
      await tree.close();
    },
  };
}
