import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const LAMBDA = { AWS_REGION: 'eu-central-1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '2048' };

describe('readConfig', () => {
  it('reads a function that only does jobs, and has nobody to hand over to', () => {
    expect(readConfig({ ...LAMBDA, BUILD_PROJECT_NAME: '', LANE_NOTES_PATH: '', OUTPUT_BUCKET: '' })).toEqual({
      region: 'eu-central-1',
      memoryBytes: 2 ** 31,
    });
  });

  it('reads a function that does pushes', () => {
    const config = readConfig({
      ...LAMBDA,
      BUILD_PROJECT_NAME: 'clone',
      LANE_NOTES_PATH: '/gitsource/stack/lanes',
      OUTPUT_BUCKET: 'sources',
      CONNECTION_SECRET: 'gitsource/team',
    });

    expect(config).toMatchObject({
      buildProjectName: 'clone',
      laneNotesPath: '/gitsource/stack/lanes',
      pushSettings: { outputBucket: 'sources', connectionSecret: 'gitsource/team', fetchMethod: 'auto' },
    });
  });

  it('names every wrong variable at once', () => {
    const wrong = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '2 GB', BUILD_PROJECT_NAME: '-', LANE_NOTES_PATH: 'lanes/' };

    expect(() => readConfig(wrong)).toThrow(/AWS_REGION.*MEMORY_SIZE.*BUILD_PROJECT_NAME.*LANE_NOTES_PATH/);
    expect(() => readConfig({ ...LAMBDA, OUTPUT_BUCKET: 'sources' })).toThrow(/CONNECTION_SECRET is not set/);
  });
});
