import { defineConfig } from 'vitest/config';

/** Workspace packages resolve to their TypeScript sources (the `source` export condition), so no build goes before a test. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'apps/*/{src,test}/**/*.test.{ts,tsx}',
      'e2e/{faults,kubernetes,upgrade}/**/*.test.ts',
      'bench/{api,network,simulate}/**/*.test.ts',
      'scripts/**/*.test.mjs',
    ],
    // Bounds for what hangs: a busy machine may take its time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    setupFiles: './vitest.setup.ts',
    pool: 'forks',
    maxWorkers: 2,
  },
});
