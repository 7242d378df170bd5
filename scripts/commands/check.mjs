import { say } from '../bootstrap/announce.mjs';
import { runSteps, seconds, showFailures, STATIC_STEPS } from './steps.mjs';

const UNIT_TESTS = { title: 'unit tests', argv: ['vitest', 'run', '--project', 'plain'] };

/** What to run before every commit: everything that needs neither Redis nor PostgreSQL, within a minute. */
export async function check() {
  const startedAt = performance.now();
  const results = await runSteps([UNIT_TESTS, ...STATIC_STEPS]);
  showFailures(results);
  const failed = results.filter((result) => !result.passed).map((result) => result.title);
  const verdict = failed.length === 0 ? 'all passed' : `failed: ${failed.join(', ')}`;
  say(`check: ${verdict}, in${seconds(performance.now() - startedAt)}`);
  return failed.length === 0 ? 0 : 1;
}
