import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { projectUrl } from '../../scripts/project.mjs';
import { eventually } from '../support/eventually.ts';
import { isAlive } from '../support/service-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const IN_RUN_FOLDER = projectUrl('scripts/commands/in-run-folder.mjs').href;

/** Starts a run that does this in a process of its own, with its folder in `TMPDIR`. */
function startRun(work: string, TMPDIR: string) {
  const program = `import { spawn } from 'node:child_process';
    import { inRunFolder } from ${JSON.stringify(IN_RUN_FOLDER)};
    process.exit(await inRunFolder({ ...process.env }, async (run) => { ${work} }));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, TMPDIR },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    ended: once(child, 'exit'),
  };
}

/** A run whose test has left a process behind, in a process group of its own. */
async function startUntidyRun(TMPDIR: string) {
  const run = startRun(
    `const left = spawn('sleep', ['600'], { detached: true, stdio: 'ignore', env: run.env });
     console.log(JSON.stringify({ folder: run.folder, left: left.pid }));
     await new Promise(() => undefined);`,
    TMPDIR,
  );
  const line = await run.lines.next();
  return { ...run, ...(JSON.parse(String(line.value)) as { folder: string; left: number }) };
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'a run that %s ends leaves no process and no folder behind',
  async (signal) => {
    const { child, ended, folder, left } = await startUntidyRun(await temporaryFolder());
    expect([existsSync(folder), isAlive(left)]).toEqual([true, true]);
    child.kill(signal);
    expect(await ended).toEqual([signal === 'SIGINT' ? 130 : 143, null]);
    expect(existsSync(folder)).toBe(false);
    await eventually(() => !isAlive(left));
  },
);

test('what a killed run left is removed by the next one, and what a running one has is not', async () => {
  const TMPDIR = await temporaryFolder();
  const [killed, running] = await Promise.all([startUntidyRun(TMPDIR), startUntidyRun(TMPDIR)]);
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect(existsSync(killed.folder)).toBe(true);
  const next = startRun('return 0;', TMPDIR);
  expect(await next.ended).toEqual([0, null]);
  expect(existsSync(killed.folder)).toBe(false);
  await eventually(() => !isAlive(killed.left));
  expect([existsSync(running.folder), isAlive(running.left)]).toEqual([true, true]);
  running.child.kill('SIGTERM');
  await running.ended;
});
