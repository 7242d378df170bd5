import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { say } from '../bootstrap/announce.mjs';
import { projectPath } from '../project.mjs';
import { inRunFolder } from './in-run-folder.mjs';
import { runSteps, showFailures, STATIC_STEPS } from './steps.mjs';

/**
 * Every check and every test. Its last line counts them all, the static steps as one each. Arguments go to the
 * test runner, so that `npm test -- test/service` narrows the tests down.
 */
export async function test(args, env) {
  return await inRunFolder(env, async (run) => {
    const [steps, tests] = await runAll(args, run);
    if (run.signal.aborted) return 1;
    showFailures(steps);
    showFailedTests(tests.failures);
    const failed = steps.filter((step) => !step.passed).length + tests.failures.length;
    const passed = steps.filter((step) => step.passed).length + tests.passed;
    const skipped = tests.skipped === 0 ? '' : `, ${tests.skipped} skipped`;
    process.stdout.write(`${passed} passed, ${failed} failed${skipped}\n`);
    return failed === 0 ? 0 : 1;
  });
}

/** The static steps run beside the tests, which wait a lot; those that measure time wait for the steps to end. */
async function runAll(args, run) {
  const stepsEnded = `${run.folder}/static-steps-ended`;
  const steps = async () => {
    const results = await runSteps(STATIC_STEPS, { ...run, atOnce: 1 });
    await writeFile(stepsEnded, '');
    return results;
  };
  const env = { ...run.env, ONBOARD_TIMING_AFTER: stepsEnded };
  return await Promise.all([steps(), runVitest(args, { ...run, env })]);
}

/** Its own report goes by on the terminal; what is counted comes from the one it writes for machines. */
async function runVitest(args, run) {
  const reportFile = `${run.folder}/report.json`;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const code = await runVisibly(['run', ...reporters, ...args], run);
  return countTests(await readReport(reportFile), code);
}

function runVisibly(args, { env, signal }) {
  return new Promise((resolve, reject) => {
    const program = projectPath('node_modules/.bin/vitest');
    const stdio = ['ignore', 'inherit', 'inherit'];
    const child = spawn(program, args, { cwd: projectPath('.'), stdio, env, signal });
    child.on('error', (error) => (signal.aborted ? resolve(1) : reject(error)));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function readReport(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * A test file that does not load has no tests to count and counts as one failure itself; so does a run that the
 * runner calls failed for something outside any test, such as an unhandled rejection.
 */
function countTests(report, code) {
  const files = report?.testResults ?? [];
  const failures = files.flatMap((file) => {
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && file.status === 'failed') return [`${file.name}: ${file.message}`];
    return failed.map((test) => `${file.name}: ${test.fullName}`);
  });
  if (failures.length === 0 && code !== 0) failures.push(`vitest ended with exit code ${code}`);
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  return { passed, failures, skipped: tests.filter((test) => NOT_RUN.has(test.status)).length };
}

const NOT_RUN = new Set(['skipped', 'pending', 'todo', 'disabled']);

function showFailedTests(failures) {
  if (failures.length > 0) say(`\nFailed tests:\n${failures.map((failure) => `  ${failure}`).join('\n')}\n`);
}
