import { readFileSync } from 'node:fs';
import { checkOutEntries, uploadArtifact, writePackedZip } from '@gitsource/artifact';
import { parseGitUrl } from '@gitsource/events';
import { createHttpsTransport, findRef, openSession, packTree } from '@gitsource/pack';

/** One commit to one object, in a process of its own. Arguments: URL, bucket, key, number of threads. Prints figures as JSON. */
const [, , url = '', bucket = '', key = '', threads] = process.argv;
const caCertificate = readFileSync(process.env.GIT_SSL_CAINFO ?? '', 'utf8');
const transport = createHttpsTransport({ url: parseGitUrl(url), caCertificate });
const session = await openSession(transport);
if (session === 'unsupported') throw new Error('the server does not speak protocol version 2');
const ref = await findRef(session, 'HEAD');
if (ref === undefined) throw new Error('the repository has no commit');
const tree = await packTree(session, ref.sha, { spoolFolder: process.cwd() });
const zip = writePackedZip(checkOutEntries(tree.entries()), {
  modified: new Date(tree.commit.committerDate),
  ...(threads !== undefined && { threads: Number(threads) }),
});
const credentials = {
  accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
};
const { bytes } = await uploadArtifact({
  region: process.env.AWS_REGION ?? '',
  credentials,
  bucket,
  key,
  body: zip,
});
await tree.close();
console.log(JSON.stringify({ zipBytes: bytes, ...tree.measured() }));
