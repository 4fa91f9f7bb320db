import { defineConfig } from 'vitest/config';
import { texts } from './apps/web/texts/vite-plugin.js';

/** Workspace packages resolve to their TypeScript sources (the `source` export condition), so no build goes before a test. */
export default defineConfig({
  // The macros of the web app's texts.
  plugins: [texts()],
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    // Bounds for what hangs: a busy machine may take its time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    setupFiles: './vitest.setup.ts',
    pool: 'forks',
    // More than two cores: a third of the tests wait for leases, processes and timeouts.
    maxWorkers: 3,
    projects: [
      { extends: true, test: { name: 'units', include: units(), exclude: leftOut(), isolate: false } },
      { extends: true, test: { name: 'api', include: api(), exclude: leftOut(), isolate: false } },
      { extends: true, test: { name: 'systems', include: all(), exclude: [...units(), ...api(), ...leftOut()] } },
    ],
  },
});

/**
 * Tests of logic, which start no processes. Their files follow each other in one process, which
 * loads each module once: starting processes and loading modules took two thirds of their time.
 * `vitest.setup.ts` ends what a file leaves: fake timers and stubbed globals.
 */
function units(): string[] {
  return [
    'packages/{client,embed,load,media,protocol,react,stun,telemetry,turn}/src/**/*.test.ts',
    'apps/{server-ws,web}/src/**/*.test.{ts,tsx}',
  ];
}

/**
 * Each starts servers and databases of its own; in one process they load their modules once. Without
 * those that replace a module for the whole process, or measure or change the process itself.
 */
function api(): string[] {
  const alone = ['admission', 'malformed-requests', 'password-flood', 'private-folder'];
  return [`apps/server-api/src/**/!(${alone.join('|')}).test.ts`];
}

function all(): string[] {
  return [
    'packages/*/{src,test}/**/*.test.ts',
    'apps/*/{src,test}/**/*.test.{ts,tsx}',
    'e2e/{faults,kubernetes,upgrade}/**/*.test.ts',
    'bench/{api,network,simulate}/**/*.test.ts',
    '{scripts,site}/**/*.test.mjs',
  ];
}

/** Vitest's `--exclude` does not reach projects. `LEFT_OUT_TESTS`: globs, one a line. */
function leftOut(): string[] {
  return ['**/node_modules/**', ...(process.env.LEFT_OUT_TESTS ?? '').split('\n').filter(Boolean)];
}
