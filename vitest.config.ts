import { defineConfig } from 'vitest/config';

// Bounds are for hangs alone: machines differ by a factor of five.
// unit and arch run on a machine that has nothing but Node; the others get one throw-away PostgreSQL between them.
const tier = (name: string, testTimeout: number, needs: readonly string[] = []) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup: [...needs],
    testTimeout,
    hookTimeout: Math.max(testTimeout, 30_000),
    // The embedded ledger's thread: vitest itself compiles for the main thread only.
    execArgv: ['--import', './scripts/typescript-threads.mjs'],
    // Said once per process by the AWS SDK on Node 20; the tests run on it on purpose.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});

const POSTGRES = ['test/support/postgres-setup.ts'];
const LEDGER = ['test/support/made-ledger-setup.ts'];

export default defineConfig({
  test: {
    // Above the cores on purpose: most of a tier's time is spent waiting for Redis, timeouts and processes.
    maxWorkers: 3,
    projects: [
      tier('unit', 20_000),
      tier('arch', 120_000),
      tier('contract', 90_000, POSTGRES),
      tier('service', 180_000, POSTGRES),
      tier('timing', 60_000, POSTGRES),
      tier('e2e', 360_000, [...POSTGRES, ...LEDGER]),
      tier('chaos', 600_000, POSTGRES),
    ],
  },
});
