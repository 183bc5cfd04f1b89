import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificates } from '@gitsource/local-git';
import { idOf, makePack, withChecksum } from '../../../packages/pack/test/make-pack.ts';

/** A server over HTTPS with one branch, `main`, that answers fetches with whatever pack it is given. */
export interface HostileServer {
  readonly url: string;
  readonly host: string;
  readonly caCertificate: string;
  /** From the next fetch on. */
  serve(pack: Buffer): void;
  close(): Promise<void>;
}

const blob = { kind: 'blob', content: Buffer.from('hello\n') } as const;
const tree = {
  kind: 'tree',
  content: Buffer.concat([Buffer.from('100644 a.txt\0'), idOf('blob', blob.content)]),
} as const;
const author = 'Ada Example <ada@example.com> 1767225600 +0000';
const commit = {
  kind: 'commit',
  content: Buffer.from(
    `tree ${idOf('tree', tree.content).toString('hex')}\nauthor ${author}\ncommitter ${author}\n\nHello\n`,
  ),
} as const;
const SHA = idOf('commit', commit.content).toString('hex');
const WHOLE = makePack([commit, tree, blob]);

/** What is wrong with a pack, such a pack, the code by git, and the code where there is only the function. */
export const BAD_PACKS: readonly (readonly [what: string, pack: Buffer, byGit: string, byFunction: string])[] = [
  ['has more objects than announced', makePack([commit, tree, blob], 'sha1', 2), 'git/connection-lost', 'pack/corrupt'],
  [
    'has fewer objects than announced',
    makePack([commit, tree, blob], 'sha1', 4),
    'git/connection-lost',
    'pack/corrupt',
  ],
  [
    'has more bytes in an object than announced',
    makePack([commit, tree, { ...blob, size: 3 }]),
    'git/connection-lost',
    'pack/corrupt',
  ],
  [
    'has a wrong checksum',
    Buffer.concat([WHOLE.subarray(0, -1), Buffer.from([~(WHOLE.at(-1) ?? 0) & 0xff])]),
    'git/connection-lost',
    'pack/corrupt',
  ],
  ['goes on after its end', Buffer.concat([WHOLE, Buffer.alloc(100_000)]), 'git/failed', 'pack/corrupt'],
  ['ends in its middle', WHOLE.subarray(0, -30), 'git/connection-lost', 'git/connection-lost'],
  ['is none', withChecksum(Buffer.from('<html>Please sign in</html>')), 'git/connection-lost', 'pack/corrupt'],
  // Last: this one is learnt, so that the next job would be the build's at once.
  ['lacks a file', makePack([commit, tree]), 'git/failed', 'pack/object-missing'],
];

function line(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

const FLUSH = Buffer.from('0000');
const CAPABILITIES = [
  'version 2\n',
  'agent=git/hostile\n',
  'ls-refs=unborn\n',
  'fetch=shallow\n',
  'object-format=sha1\n',
];
/** Less than a packet holds. */
const CHUNK_BYTES = 65_000;

function answerOf(asked: string, pack: Buffer): Buffer {
  if (asked === '')
    return Buffer.concat([line('# service=git-upload-pack\n'), FLUSH, ...CAPABILITIES.map(line), FLUSH]);
  if (asked.includes('command=ls-refs')) return Buffer.concat([line(`${SHA} refs/heads/main\n`), FLUSH]);
  const chunks: Buffer[] = [];
  for (let at = 0; at < pack.length; at += CHUNK_BYTES) {
    chunks.push(line(Buffer.concat([Buffer.from([1]), pack.subarray(at, at + CHUNK_BYTES)])));
  }
  return Buffer.concat([line('packfile\n'), ...chunks, FLUSH]);
}

export async function startHostileServer(): Promise<HostileServer> {
  const { certificate: cert, privateKey: key, caCertificate } = await createCertificates();
  let served = WHOLE;
  const server = createServer({ cert, key }, (request, response) => {
    void request.toArray().then((chunks) => {
      const asked = chunks.join('');
      const kind = asked === '' ? 'advertisement' : 'result';
      response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${kind}` });
      response.end(answerOf(asked, served));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `https://${host}/team/app.git`,
    host,
    caCertificate,
    serve: (pack) => {
      served = pack;
    },
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
