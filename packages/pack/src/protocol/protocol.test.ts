import { parseCommitSha } from '@gitsource/events';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createChannelTransport, SpokenTransport } from '../../test/channel-transport.ts';
import { listByGit, listEntries, Scratch } from '../../test/git-fixture.ts';
import { packTree } from '../pack-tree.ts';
import { fetchPack } from './fetch-pack.ts';
import { findRef, listRefs } from './list-refs.ts';
import { openSession, type Session } from './open-session.ts';
import { PacketReader, packet } from './packet-reader.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const SHA = parseCommitSha('ab'.repeat(20));
const FLUSH = '0000';
const DELIMITER = '0001';

const lines = (...texts: string[]) => texts.map((text) => packet(`${text}\n`)).join('');
const band = (number: number, text: string | Buffer) =>
  packet(`${String.fromCharCode(number)}${text.toString('latin1')}`);

function sessionOf(answer: string, pieceBytes?: number): { session: Session; transport: SpokenTransport } {
  const transport = new SpokenTransport([answer], pieceBytes);
  return { session: { transport, objectFormat: 'sha1', canFilter: true, spoken: ['object-format=sha1'] }, transport };
}

async function packOf(session: Session, filter?: string): Promise<string> {
  let pack = '';
  const options = filter === undefined ? {} : { filter };
  for await (const piece of fetchPack(session, SHA, options)) pack += piece.toString('latin1');
  return pack;
}

describe('PacketReader', () => {
  it('reads any packets in pieces of any size', async () => {
    const anyText = fc.string({ maxLength: 300 }).filter((text) => !text.startsWith('ERR ') && !text.endsWith('\n'));
    await fc.assert(
      fc.asyncProperty(fc.array(anyText), fc.integer({ min: 1, max: 500 }), async (texts, pieceBytes) => {
        const bytes = Buffer.from(texts.map((text) => packet(`${text}\n`)).join('') + FLUSH);
        const reader = new PacketReader(await new SpokenTransport([bytes], pieceBytes).advertise());
        const read: string[] = [];
        for (let line = await reader.nextLine(); line !== undefined; line = await reader.nextLine()) read.push(line);

        expect(read).toEqual(texts);
      }),
    );
  });

  it.each(['0003', 'zzzz', '-001', '<htm', ' 1a ', 'fff1', 'ffff'])('refuses the length %s', async (length) => {
    const reader = new PacketReader(await new SpokenTransport([`${length}${'x'.repeat(70_000)}`]).advertise());
    await expect(reader.next()).rejects.toMatchObject({ code: 'pack/protocol-broken' });
  });

  it.each(['', '00', '0010abc'])('says that %j is cut off', async (bytes) => {
    const reader = new PacketReader(await new SpokenTransport([bytes]).advertise());
    await expect(reader.next()).rejects.toMatchObject({ code: 'pack/truncated', retryable: true });
  });
});

describe('openSession', () => {
  const CAPABILITIES = ['version 2', 'agent=git/9', 'ls-refs=unborn', 'fetch=shallow filter', 'object-format=sha256'];

  it.each([
    ['with the service first', lines('# service=git-upload-pack') + FLUSH + lines(...CAPABILITIES) + FLUSH],
    ['without it', lines(...CAPABILITIES) + FLUSH],
  ])('reads capabilities %s', async (_how, answer) => {
    const transport = new SpokenTransport([answer]);
    const spoken = ['agent=gitsource', 'object-format=sha256'];
    expect(await openSession(transport)).toEqual({ transport, objectFormat: 'sha256', canFilter: true, spoken });
    expect([transport.finished, transport.abandoned]).toEqual([1, 0]);
  });

  it('says nothing to a server that it has not offered', async () => {
    const transport = new SpokenTransport([lines('version 2', 'ls-refs', 'fetch=shallow') + FLUSH]);
    expect(await openSession(transport)).toEqual({ transport, objectFormat: 'sha1', canFilter: false, spoken: [] });
  });

  it.each([
    ['version 0', `${lines(`${SHA} HEAD\0multi_ack`)}${FLUSH}`],
    ['version 1', `${lines('version 1', `${SHA} HEAD\0multi_ack`)}${FLUSH}`],
    ['dumb HTTP', `${SHA}\trefs/heads/main\n`],
    ['a sign-in page', '<!DOCTYPE html><html>'],
    ['a server without shallow fetches', lines('version 2', 'ls-refs', 'fetch=filter') + FLUSH],
    ['a hash of the future', lines('version 2', 'ls-refs', 'fetch=shallow', 'object-format=sha3') + FLUSH],
    ['endless capabilities', lines('version 2', ...Array.from({ length: 200 }, (_, n) => `c${n}`)) + FLUSH],
  ])('leaves %s to git', async (_what, answer) => {
    const transport = new SpokenTransport([answer]);
    expect(await openSession(transport)).toBe('unsupported');
    expect(transport.abandoned + transport.finished).toBe(1);
  });

  it("gives the server's own words", async () => {
    await expect(openSession(new SpokenTransport([lines('ERR no such\trepository\r\v')]))).rejects.toMatchObject({
      code: 'pack/server-refused',
      message: 'The server refused: "no such repository".',
    });
  });
});

describe('listRefs', () => {
  it.each(['nothing', `${SHA.slice(1)} refs/heads/a`, `${SHA} `, `${SHA} refs/tags/a peeled:x`])(
    'refuses the line %j',
    async (line) => {
      const { session, transport } = sessionOf(lines(line) + FLUSH);
      await expect(listRefs(session, ['refs/'])).rejects.toMatchObject({ code: 'pack/protocol-broken' });
      expect(transport.abandoned).toBe(1);
    },
  );

  it('refuses a list without an end', async () => {
    const answer = lines(`${SHA} refs/heads/${'a'.repeat(60_000)}`).repeat(1_200);
    await expect(listRefs(sessionOf(answer, 10_000_000).session, [''])).rejects.toMatchObject({
      code: 'pack/too-large',
    });
  });

  it('asks for the refs by prefix, peeled', async () => {
    const { session, transport } = sessionOf(FLUSH);

    expect(await findRef(session, 'refs/heads/main')).toBeUndefined();
    expect(transport.requests).toEqual([
      `${lines('command=ls-refs', 'object-format=sha1')}${DELIMITER}${lines('peel', 'symrefs', 'ref-prefix refs/heads/main')}${FLUSH}`,
    ]);
  });
});

describe('fetchPack', () => {
  it('asks for one commit without its history, and joins what the pack band brings', async () => {
    const shallow = lines('shallow-info', `shallow ${SHA}`) + DELIMITER;
    const bands = band(2, 'Counting\r') + band(1, 'PACK') + band(1, '') + band(1, ' and more');
    const { session, transport } = sessionOf(`${shallow}${lines('packfile')}${bands}${FLUSH}`, 3);

    expect(await packOf(session, 'blob:none')).toBe('PACK and more');
    expect(transport.requests).toEqual([
      `${lines('command=fetch', 'object-format=sha1')}${DELIMITER}${lines('ofs-delta', 'no-progress', 'filter blob:none', `want ${SHA}`, 'deepen 1', 'done')}${FLUSH}`,
    ]);
    expect([transport.finished, transport.abandoned]).toEqual([1, 0]);
  });

  it.each([
    ['an error before the pack', lines('ERR upload-pack: not our ref'), 'pack/server-refused'],
    ['an error within it', lines('packfile') + band(1, 'PA') + band(3, 'out of memory\n'), 'pack/server-refused'],
    ['no pack', FLUSH, 'pack/protocol-broken'],
    ['another section', lines('packfile-uris') + DELIMITER, 'pack/protocol-broken'],
    ['another band', lines('packfile') + band(4, 'x'), 'pack/protocol-broken'],
    ['an empty packet', `${lines('packfile')}0004`, 'pack/protocol-broken'],
    ['a delimiter within the pack', lines('packfile') + band(1, 'PA') + DELIMITER, 'pack/protocol-broken'],
    ['an end without a flush', lines('packfile') + band(1, 'PA'), 'pack/truncated'],
    ['bytes after the flush', `${lines('packfile')}${band(1, 'PA')}${FLUSH}more`, 'pack/protocol-broken'],
  ])('refuses %s', async (_what, answer, code) => {
    const { session, transport } = sessionOf(answer);
    await expect(packOf(session)).rejects.toMatchObject({ code });
    expect(transport.abandoned).toBe(1);
  });

  it('abandons an answer that nobody reads on', async () => {
    const { session, transport } = sessionOf(lines('packfile') + band(1, 'PACK') + band(1, 'more') + FLUSH);
    for await (const piece of fetchPack(session, SHA)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect([transport.finished, transport.abandoned]).toEqual([0, 1]);
  });
});

describe('a channel that goes on, as that of SSH', () => {
  it('serves one request after the other', async () => {
    const repository = await scratch.repository([
      { path: 'a', content: 'a' },
      { path: 'b/c', content: 'c' },
    ]);
    const transport = createChannelTransport(repository.folder);
    try {
      const session = await openSession(transport);
      if (session === 'unsupported') throw new Error('git speaks version 2');
      const ref = await findRef(session, 'refs/heads/main');
      expect(ref?.sha).toBe(repository.sha);
      for (let time = 0; time < 2; time++) {
        const tree = await packTree(session, repository.sha);
        expect(await listEntries(tree.entries())).toEqual(await listByGit(repository));
      }
    } finally {
      transport.close();
    }
  });
});
