import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The workspace's own TypeScript is tested, not its dist: no build is needed between an edit and a test.
  ssr: { resolve: { conditions: ['@gitsource/source', 'node', 'development|production'] } },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'apps/*/{src,test}/**/*.test.ts',
      'cloudformation/**/*.test.ts',
      'bench/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    env: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  },
});
