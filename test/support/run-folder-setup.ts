import { rm } from 'node:fs/promises';
import { openRunFolder } from '../../scripts/bootstrap/run-folder.mjs';
import { oncePerRun } from './once-per-run.ts';

const folder = oncePerRun('folder', {
  start: openRunFolder,
  stop: (path) => rm(path, { recursive: true, force: true, maxRetries: 5 }),
});

/**
 * Gives all temporary folders of a run one place. `npm test` made it already and removes it however the run ends; what
 * an interrupted run of vitest alone leaves is removed by the next run.
 */
export async function setup(): Promise<void> {
  if (process.env['ONBOARD_RUN_FOLDER'] === undefined) process.env['TMPDIR'] = await folder.use();
}

export const teardown = folder.release;
