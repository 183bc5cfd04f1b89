import { parseGitUrl } from '@gitsource/events';
import { type LaneNotes, writeLaneNote } from '@gitsource/lanes/dispatch';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakePipeline } from '../test/fake-pipeline.ts';
import { chooseJobLane } from './choose-job-lane.ts';
import { type Config, readConfig } from './config.ts';

const PATH = '/gitsource/stack/lanes';
const GIT_URL = 'https://git.example.com/team/app.git';
const DAY_MS = 24 * 60 * 60_000;
const BOTH = {
  ACTION_PROVIDER: 'Gitsource',
  ACTION_VERSION: '1',
  FETCH_FUNCTION_NAME: 'fetch',
  BUILD_PROJECT_NAME: 'clone',
  LANE_NOTES_PATH: PATH,
};

let pipeline: FakePipeline;
let notes: LaneNotes;
beforeEach(() => {
  pipeline = new FakePipeline();
  notes = { ssm: pipeline.ports.ssm, path: PATH };
});

function choose(change: Readonly<Record<string, string>> = {}, config: Config = readConfig(BOTH)) {
  const configuration = { GitUrl: GIT_URL, Branch: 'main', ...change };
  const job = { id: 'job-1', nonce: '1', pipelineName: 'p', executionId: 'e', configuration };
  return chooseJobLane(pipeline.ports, config, job);
}

function learn(why: string, gitUrl = GIT_URL): Promise<void> {
  const tell = (problem: string) => pipeline.ports.log.warn(problem);
  return writeLaneNote(notes, parseGitUrl(gitUrl), { why, bytes: 10, nowMs: pipeline.nowMs }, tell);
}

const warnings = () => pipeline.lines.filter(({ level }) => level === 'warn');

describe('chooseJobLane', () => {
  it.each([
    [{}, 'function', 'nothing speaks against it'],
    [{ FetchMethod: 'archive' }, 'function', 'nothing speaks against it'],
    [{ OutputArtifactFormat: 'FULL_CLONE' }, 'function', 'nothing speaks against it'],
    [{ OutputArtifactFormat: 'FULL_CLONE', Submodules: 'recursive' }, 'build', 'a clone has submodules'],
    [{ FetchMethod: 'clone' }, 'build', 'FetchMethod is "clone"'],
    [{ GitLfs: 'true' }, 'build', 'GitLfs is "true"'],
    [{ GitUrl: 'ext::sh -c id' }, 'function', 'the configuration is to be refused'],
  ])('gives %j to the %s', async (change, lane, why) => {
    expect(await choose(change)).toEqual({ lane, why });
  });

  it.each([
    [{ BUILD_PROJECT_NAME: '' }, 'function'],
    [{ FETCH_FUNCTION_NAME: '' }, 'build'],
  ])('has no choice with %j', async (change, lane) => {
    await learn('the memory is nearly used up');

    for (const configuration of [{}, { GitLfs: 'true' }, { Branch: '' }]) {
      const choice = await choose(configuration, readConfig({ ...BOTH, ...change }));
      expect(choice).toEqual({ lane, why: 'the stack has no other lane' });
    }
  });

  it('remembers a repository that was handed over for thirty days, by all of its URLs, and no other one', async () => {
    await learn("the function's memory is nearly used up");
    const learnt = { lane: 'build', why: "learnt from the last time: the function's memory is nearly used up" };

    expect(await choose()).toEqual(learnt);
    expect(await choose({ GitUrl: 'git@git.example.com:team/app.git' })).toEqual(learnt);
    expect(await choose({ GitUrl: 'https://git.example.com/team/other.git' })).toMatchObject({ lane: 'function' });
    pipeline.nowMs += 30 * DAY_MS - 1;
    expect(await choose()).toEqual(learnt);
    pipeline.nowMs += 1;
    expect(await choose()).toMatchObject({ lane: 'function' });
  });

  it.each([
    ['no JSON', 'hello'],
    ['another form', '{"why":"x"}'],
    ['another repository', JSON.stringify({ repository: 'a/b', why: 'x', bytes: 1, at: '1970-01-01T00:00:00Z' })],
  ])('takes a note of %s for none', async (_, text) => {
    await learn('x');
    for (const name of pipeline.parameters.keys()) pipeline.parameters.set(name, text);

    expect(await choose()).toMatchObject({ lane: 'function' });
  });

  it('takes the function where Parameter Store does not answer, and says so', async () => {
    pipeline.faults.set('GetParameterCommand', [Object.assign(new Error('no'), { name: 'AccessDeniedException' })]);

    expect(await choose()).toMatchObject({ lane: 'function' });
    expect(warnings()).toEqual([
      expect.objectContaining({ message: "The lane's note cannot be read: AccessDeniedException: no" }),
    ]);
  });
});
