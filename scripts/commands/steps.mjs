/**
 * Runs named steps side by side and tells of each how it ended and how long it took; what a failed one printed
 * follows at the end, where it is not scrolled away.
 */
import { runQuietly, say } from '../bootstrap/announce.mjs';
import { projectPath } from '../project.mjs';

/** The checks that need no test runner; each is `{ title, argv }`, argv being a package's own program. */
export const STATIC_STEPS = [
  { title: 'lint, types', argv: ['oxlint'] },
  { title: 'arrows', argv: ['depcruise', 'src', 'workers'] },
  { title: 'dead code', argv: ['knip'] },
  { title: 'format', argv: ['prettier', '--check', '--log-level', 'warn', '.'] },
];

// A developer's machine has two cores at least; more steps at once slow each other down there.
const AT_ONCE = 2;

/**
 * Resolves to `{ title, passed, output }` per step, in their order. `env` and
 * `signal` are those of `spawn`.
 */
export async function runSteps(steps, { atOnce = AT_ONCE, ...options } = {}) {
  const results = [];
  const waiting = steps.entries();
  const runOneByOne = async () => {
    for (const [index, step] of waiting) {
      if (options.signal?.aborted) return;
      results[index] = await runStep(step, options);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runOneByOne));
  return results;
}

async function runStep({ title, argv: [program, ...args] }, { env, signal }) {
  const startedAt = performance.now();
  const { code, output } = await runQuietly(projectPath(`node_modules/.bin/${program}`), args, {
    cwd: projectPath('.'),
    env,
    signal,
  });
  const passed = code === 0;
  say(`${passed ? 'ok    ' : 'FAILED'} ${title.padEnd(12)} ${seconds(performance.now() - startedAt)}`);
  return { title, passed, output };
}

export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1).padStart(6)} s`;
}

export function showFailures(results) {
  for (const { title, passed, output } of results) {
    if (!passed) say(`\n── ${title} ${'─'.repeat(80)}\n${output.trimEnd()}`);
  }
}
