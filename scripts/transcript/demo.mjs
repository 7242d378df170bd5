import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectPath } from '../project.mjs';

const UP_WITHIN_MS = 300_000;

/** The demo of failures in a folder of its own; resolves once all have ended and it says where it listens. */
export async function startDemo(folder) {
  const child = spawn(process.execPath, [projectPath('scripts/run.mjs'), 'demo', '--failures', '300'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('close', resolve));
  const url = await new Promise((resolve, reject) => {
    let out = '';
    const late = setTimeout(() => reject(new Error('The demo did not get ready.')), UP_WITHIN_MS);
    child.stdout.on('data', (text) => {
      out += String(text);
      const [, found] = /^API +(\S+)$/m.exec(out) ?? [];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(found);
    });
    void gone.then(() => reject(new Error('The demo ended.')));
  });
  return {
    env: { ONBOARD_URL: url, DATA_DIR: join(folder, '.data', 'demo') },
    async stop() {
      child.kill('SIGINT');
      await gone;
    },
  };
}
