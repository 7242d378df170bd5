import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const RUN_FOLDER = 'test/support/run-folder-setup.ts';
/** One of each for all that need it. */
const SERVERS = ['test/support/postgres-setup.ts', 'test/support/redis-setup.ts'];
const LEDGER = ['test/support/made-ledger-setup.ts'];

/** Bounds are for hangs alone: machines differ by a factor of five. */
const project = (
  name: string,
  tiers: readonly string[],
  { boundMs, needs = [] }: { boundMs: number; needs?: readonly string[] },
) => ({
  name,
  include: tiers.map((tier) => `test/${tier}/**/*.test.ts`),
  // A worker process loads what its files import once. Modules keep no state, so that files do not meet there.
  isolate: false,
  globalSetup: [RUN_FOLDER, ...needs],
  setupFiles: ['test/support/random-setup.ts'],
  testTimeout: boundMs,
  hookTimeout: Math.max(boundMs, 30_000),
  // The embedded ledger's thread: vitest itself compiles for the main thread only.
  execArgv: ['--import', './scripts/typescript-threads.mjs'],
  // Said once per process by the AWS SDK on Node 20; the tests run on it on purpose.
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
});

/** Runs on a machine that has nothing but Node. */
const plain = project('plain', ['unit', 'arch'], { boundMs: 120_000 });

const withServers = project('servers', ['contract', 'service', 'e2e', 'chaos'], {
  boundMs: 600_000,
  needs: [...SERVERS, ...LEDGER],
});

/** Begins when all others have ended. Its files wait more than they work: on two cores, two of them do not meet. */
const timing = {
  ...project('timing', ['timing'], { boundMs: 360_000, needs: [...SERVERS, ...LEDGER] }),
  setupFiles: ['test/support/random-setup.ts', 'test/support/timing-setup.ts'],
  // A bound on memory is one on the whole process.
  isolate: true,
  maxWorkers: 2,
  sequence: { groupOrder: 1 },
};

export default defineConfig({
  test: {
    // Above the cores on purpose: most of a tier's time is spent waiting for Redis, timeouts and processes.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    projects: [plain, withServers, timing].map((test) => ({ test })),
  },
});
