import { constants } from 'node:os';
import { openRunFolder, removeRun } from '../bootstrap/run-folder.mjs';

/**
 * Gives `work` a folder, an environment whose temporary folder it is, and a signal that aborts on Ctrl-C. Ends every
 * process of the run and removes the folder, however it ends. Resolves to the exit code, after Ctrl-C to the shell's.
 */
export async function inRunFolder(env, work) {
  const folder = await openRunFolder();
  const interruption = new AbortController();
  const interrupted = new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => resolve(name));
  }).then((name) => {
    interruption.abort();
    return 128 + constants.signals[name];
  });
  const run = {
    folder,
    env: { ...env, TMPDIR: folder, ONBOARD_RUN_FOLDER: folder },
    signal: interruption.signal,
  };
  try {
    return await Promise.race([work(run), interrupted]);
  } finally {
    await removeRun(folder);
  }
}
