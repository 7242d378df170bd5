/**
 * The temporary folder of one run of the tests. Everything that a run starts inherits it as TMPDIR, so all that the
 * run leaves behind lies in it, and every process of the run can be told by its environment or its working folder.
 */
import { chmod, mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The id of the process that the run belongs to is in the name. */
const NAME = /^onboard-run-(\d+)-\w{6}$/;
const END_WITHIN_MS = 10_000;

/** Makes the folder of this process's run, after removing those of runs that were killed. Resolves to its path. */
export async function openRunFolder() {
  await removeDeadRuns();
  const folder = await mkdtemp(join(tmpdir(), `onboard-run-${process.pid}-`));
  // PostgreSQL does not run as root: another user has to get through to its data.
  await chmod(folder, 0o711);
  return folder;
}

/** Ends every process of a run, and removes its folder. */
export async function removeRun(folder) {
  await endProcesses(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function removeDeadRuns() {
  for (const name of await readdir(tmpdir())) {
    const [, owner] = NAME.exec(name) ?? [];
    const folder = join(tmpdir(), name);
    if (owner !== undefined && !isAlive(Number(owner)) && (await isOurs(folder))) await removeRun(folder);
  }
}

/** Whether the folder is there and belongs to this user: those of others cannot be removed. */
async function isOurs(folder) {
  const { uid } = await stat(folder).catch(() => ({}));
  return uid !== undefined && (process.getuid === undefined || uid === process.getuid());
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function endProcesses(folder) {
  const deadline = Date.now() + END_WITHIN_MS;
  for (let pids = await processesOf(folder); pids.length > 0; pids = await processesOf(folder)) {
    if (Date.now() > deadline) throw new Error(`Test processes could not be stopped: ${pids.join(', ')}`);
    for (const pid of pids) kill(pid);
    await delay(20);
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/**
 * The ids of the processes that have the folder as TMPDIR. Servers that change their title overwrite their environment,
 * and are told by their working folder; a shell left in the folder keeps its environment. Linux only; elsewhere there is no `/proc`, and what was started ends when its parent is gone.
 */
async function processesOf(folder) {
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const belongs = await Promise.all(pids.map((pid) => belongsTo(folder, pid)));
  return pids.filter((_, index) => belongs[index]);
}

async function belongsTo(folder, pid) {
  const [environment, workingFolder, status] = await Promise.all([
    readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
  ]);
  const isZombie = /\) Z /.test(status);
  const hasNoEnvironment = !environment.includes('PATH=');
  const isIts =
    `\0${environment}`.includes(`\0TMPDIR=${folder}\0`) ||
    (hasNoEnvironment && `${workingFolder}/`.startsWith(`${folder}/`));
  return isIts && !isZombie;
}
