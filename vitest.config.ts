/** Test runs: unit tests beside the sources, and the official suites and the built command line in spec-tests/. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'docs/**/*.test.ts', 'bench/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'spec', include: ['spec-tests/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
    ],
    pool: 'forks',
    maxWorkers: 2,
    reporters: [['default', { summary: false }]],
  },
});
