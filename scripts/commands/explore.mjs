import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runQuietly, say } from '../bootstrap/announce.mjs';
import { projectPath } from '../project.mjs';
import { inRunFolder } from './in-run-folder.mjs';
import { seconds } from './steps.mjs';

/** Where tests make up what they check. */
const RANDOM = [
  'test/unit/',
  'test/contract/ledger-postgres',
  'test/contract/rate-gate',
  'test/service/model',
  'test/timing/http-fuzz',
  'test/chaos/chaos.test.ts',
];

/** A multiple of what `npm test` checks of each. */
const EFFORT = '5';

/**
 * Runs every random test with one fresh seed after the other, for as long as `--minutes` says: half an hour unless told.
 * A round that has begun is ended. What failed is shown with the command that repeats it.
 */
export async function explore(args, env) {
  const { values } = parseArgs({ args, options: { minutes: { type: 'string', default: '30' } } });
  const deadline = performance.now() + Number(values.minutes) * 60_000;
  return await inRunFolder(env, async (run) => {
    let rounds = 0;
    let failed = 0;
    do {
      rounds += 1;
      if (!(await passes(randomInt(2 ** 31), run))) failed += 1;
      if (run.signal.aborted) return 1;
    } while (performance.now() < deadline);
    say(`explore: ${rounds} rounds, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  });
}

async function passes(seed, { env, signal }) {
  const startedAt = performance.now();
  const seeded = { TEST_SEED: String(seed), TEST_EFFORT: EFFORT };
  const { code, output } = await runQuietly(projectPath('node_modules/.bin/vitest'), ['run', ...RANDOM], {
    cwd: projectPath('.'),
    env: { ...env, ...seeded },
    signal,
  });
  if (signal.aborted) return false;
  const passed = code === 0;
  if (!passed) say(output.trimEnd());
  const repeat = passed ? '' : `  repeat: TEST_SEED=${seed} TEST_EFFORT=${EFFORT} npx vitest run <file>`;
  say(`${passed ? 'ok    ' : 'FAILED'} seed ${seed} ${seconds(performance.now() - startedAt)}${repeat}`);
  return passed;
}
