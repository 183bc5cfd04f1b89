import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doJob } from '@gitsource/lanes';
import { commitFiles, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JobFixture } from '../../../packages/lanes/test/job-fixture.ts';
import { gitWay } from './git-way.ts';

const CONFIG = { kind: 'job' as const, lane: 'build' as const, jobId: 'job-1', region: 'us-east-1' };

let fixture: JobFixture;
let folder: string;
let GitUrl: string;
let submodule: string;

beforeAll(async () => {
  fixture = await JobFixture.start(gitWay());
  folder = mkdtempSync(join(tmpdir(), 'conversions-'));
  fixture.git.allowUser('ada', 'secret');
  const { caCertificate } = fixture.git.https;
  const secret = { host: '127.0.0.1', username: 'ada', password: 'secret', caCertificate };
  fixture.secrets.set('good', JSON.stringify(secret));
  const inner = await fixture.git.createRepository('inner');
  submodule = inner.folder;
  const own = { '.gitattributes': '*.c ident\n', 'a.c': '$Id$\n', 'a.bat': 'own\n' };
  const sha = await commitFiles(inner.folder, 'main', { message: 'Inner', files: own });
  const outer = await fixture.git.createRepository('outer');
  GitUrl = outer.httpsUrl;
  const files = {
    '-first.bat': 'a\n',
    '.a/b.bat': 'b\n',
    '.gitattributes': '*.bat eol=crlf\n*.u working-tree-encoding=UTF-16\n',
    '.gitmodules': '[submodule "m"]\n\tpath = deep/m\n\turl = ../inner\n',
    'deep/.gitattributes': 'c.bat -text\n',
    'deep/b.bat': 'b\n',
    'deep/c.bat': 'c\n',
    'deep/m': { submodule: sha },
    'x.u': 'ü\n',
  };
  await commitFiles(outer.folder, 'main', { message: 'Outer', files });
  const strange = { '.gitattributes': '*.txt working-tree-encoding=SHIFT_JIS\n', 'a.txt': '日本\n' };
  await commitFiles(outer.folder, 'strange', { message: 'Strange', files: strange });
});

afterAll(async () => {
  await fixture.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  fixture.configuration = { GitUrl, Branch: 'main', CredentialsSecret: 'good' };
});

/** The artifact's files by path, and the lines of the log that matter. */
async function run(change: Record<string, string>) {
  fixture.lines.length = 0;
  fixture.configuration = { ...fixture.configuration, ...change };
  fixture.result = undefined;
  await doJob(fixture.ports, CONFIG);
  const file = join(folder, 'artifact.zip');
  writeFileSync(file, await fixture.artifact());
  const python = [
    'import sys,json,zipfile',
    'z=zipfile.ZipFile(sys.argv[1])',
    'print(json.dumps({n:z.read(n).decode("latin1") for n in z.namelist() if not n.startswith(".git/") and not n.endswith("/")}))',
  ].join('\n');
  const files = JSON.parse(execFileSync('python3', ['-c', python, file], { encoding: 'utf8' })) as Record<
    string,
    string
  >;
  return { files, lines: fixture.lines.filter((line) => /, by git|Converted/.test(line)) };
}

describe('an artifact', () => {
  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    [
      'of a tree',
      {},
      {
        '-first.bat': 'a\r\n',
        '.a/b.bat': 'b\r\n',
        'deep/b.bat': 'b\r\n',
        'deep/c.bat': 'c\n',
        'x.u': '\xff\xfe\xfc\0\n\0',
      },
      '4 files as a checkout does, by eol=crlf, working-tree-encoding=UTF-16',
    ],
    [
      'of a folder',
      { Paths: 'deep' },
      { 'deep/b.bat': 'b\r\n', 'deep/c.bat': 'c\n' },
      '1 file as a checkout does, by eol=crlf',
    ],
    [
      'with submodules',
      { Submodules: 'direct', Paths: 'deep' },
      { 'deep/b.bat': 'b\r\n', 'deep/m/a.bat': 'own\n', 'deep/m/a.c': '$Id: BLOB $\n' },
      '2 files as a checkout does, by eol=crlf, ident',
    ],
  ])('is as a checkout has it, by both ways: %s', async (_, change, expected, told) => {
    const cloned = await run({ ...change, FetchMethod: 'clone' });
    const packed = await run({ ...change, FetchMethod: 'auto' });

    const blob = await runGit(submodule, ['rev-parse', 'main:a.c']);
    const files = Object.entries(expected).map(([path, content]) => [path, content.replace('BLOB', blob)]);
    expect(packed.files).toMatchObject(Object.fromEntries(files));
    expect(cloned.files).toEqual(packed.files);
    expect(packed.lines).toEqual([expect.stringContaining(`Converted ${told}`)]);
    expect(cloned.lines).toEqual([expect.stringContaining(', by git'), expect.stringContaining(`Converted ${told}`)]);
  });

  it('of a clone has a work tree as a checkout has it, by both ways', async () => {
    const cloned = await run({ OutputArtifactFormat: 'FULL_CLONE', FetchMethod: 'clone' });
    const packed = await run({ OutputArtifactFormat: 'FULL_CLONE', FetchMethod: 'auto' });

    expect(packed.files).toEqual(cloned.files);
    expect(packed.files).toMatchObject({ '-first.bat': 'a\r\n', 'deep/c.bat': 'c\n' });
    expect(packed.lines).toEqual([expect.stringContaining('Converted 4 files')]);
  });

  it('is made by git where only git knows an encoding', async () => {
    const { files, lines } = await run({ Branch: 'strange', FetchMethod: 'auto' });

    expect(files['a.txt']).toBe('\x93\xfa\x96{\n');
    expect(lines).toEqual([
      expect.stringMatching(/by git: \[artifact\/conversion-unsupported\] .*"a\.txt" .*SHIFT_JIS/),
      expect.stringContaining('Converted 1 file as a checkout does, by working-tree-encoding=SHIFT_JIS'),
    ]);
  });
});
