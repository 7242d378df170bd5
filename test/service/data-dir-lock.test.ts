import { chmod, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { acquireDataDirLock, describeHolder, type DataDirLock } from '../../src/runtime/data-dir-lock.ts';
import { startChildProgram, type ChildProgram } from '../support/child-program.ts';
import { recordingLog } from '../support/recording-log.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

async function holdElsewhere(dir: string): Promise<ChildProgram> {
  const program = startChildProgram('hold-data-dir.ts', [dir]);
  onTestFinished(() => program.kill9());
  expect(await program.nextLine()).toBe('held');
  return program;
}

async function acquire(dir: string, waitMs: number, log = recordingLog()): Promise<DataDirLock> {
  const lock = await acquireDataDirLock(dir, { waitMs, clock: systemClock, log });
  if (lock.kind === 'held') onTestFinished(() => lock.release());
  return lock;
}

test('a second process is refused and told who holds the folder', async () => {
  const dir = await temporaryFolder();
  const holder = await holdElsewhere(dir);
  const lock = await acquire(dir, 0);
  expect(lock).toMatchObject({ kind: 'refused', holder: { pid: holder.child.pid, host: hostname() } });
  expect(describeHolder(lock.kind === 'refused' ? lock.holder : undefined)).toContain(
    `process ${holder.child.pid} on ${hostname()}`,
  );
});

test('two holders inside one process are refused as well', async () => {
  const dir = await temporaryFolder();
  expect(await acquire(dir, 0)).toMatchObject({ kind: 'held' });
  expect(await acquire(dir, 0)).toMatchObject({ kind: 'refused', holder: { pid: process.pid } });
});

test('kill -9 of the holder frees the folder, and what it wrote about itself stops nobody', async () => {
  const dir = await temporaryFolder();
  const holder = await holdElsewhere(dir);
  await holder.kill9();
  expect(await readFile(join(dir, 'lock'), 'utf8')).toContain(`"pid":${holder.child.pid}`);
  expect(await acquire(dir, 0)).toMatchObject({ kind: 'held' });
});

test('a start waits for a holder that is stopping, and says once that it does', async () => {
  const dir = await temporaryFolder();
  const holder = await holdElsewhere(dir);
  const log = recordingLog();
  const lock = acquire(dir, 20_000, {
    ...log,
    warn(fields, message) {
      log.warn(fields, message);
      holder.child.stdin?.end();
    },
  });
  expect(await lock).toMatchObject({ kind: 'held' });
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]).toMatchObject({ level: 'warn', fields: { holder_pid: holder.child.pid } });
});

test('the wait ends in a refusal when the holder stays', async () => {
  const dir = await temporaryFolder();
  await holdElsewhere(dir);
  const startedAt = Date.now();
  expect(await acquire(dir, 300)).toMatchObject({ kind: 'refused' });
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300);
});

test('after a release the file stays, names nobody, and the next start takes it', async () => {
  const dir = await temporaryFolder();
  const first = await acquireDataDirLock(dir, { waitMs: 0, clock: systemClock, log: recordingLog() });
  if (first.kind === 'held') await first.release();
  expect(await readFile(join(dir, 'lock'), 'utf8')).toBe('');
  expect(await acquire(dir, 0)).toMatchObject({ kind: 'held' });
});

test.each([
  ['777', /by all users of this machine. Run chmod o-w,g-w on it/],
  ['1777', /by all users of this machine. Run chmod o-w,g-w on it/],
  ['702', /by all users of this machine. Run chmod o-w on it/],
  ['775', /by all members of its group. Run chmod g-w on it/],
  ['2770', /by all members of its group. Run chmod g-w on it/],
])('a folder that others may write to is refused, with the fix: mode %s', async (mode, message) => {
  const dir = await temporaryFolder();
  await chmod(dir, Number.parseInt(mode, 8));
  await expect(acquire(dir, 0)).rejects.toThrow(message);
  expect(await readdir(dir)).toEqual([]);
});

test.each(['700', '750', '755'])('a folder that others may at most read is taken: mode %s', async (mode) => {
  const dir = await temporaryFolder();
  await chmod(dir, Number.parseInt(mode, 8));
  expect(await acquire(dir, 0)).toMatchObject({ kind: 'held' });
});

test('a folder is made so that it can be taken, whatever the umask', async () => {
  const before = process.umask(0o002);
  onTestFinished(() => void process.umask(before));
  const dir = join(await temporaryFolder(), 'new', 'folder');
  expect(await acquire(dir, 0)).toMatchObject({ kind: 'held' });
});

test('a link instead of the lock is refused, and what it leads to stays as it is', async () => {
  const dir = await temporaryFolder();
  const victim = join(await temporaryFolder(), 'victim');
  await writeFile(victim, 'precious');
  await symlink(victim, join(dir, 'lock'));
  await expect(acquire(dir, 0)).rejects.toMatchObject({ code: 'ELOOP' });
  expect(await readFile(victim, 'utf8')).toBe('precious');
});
