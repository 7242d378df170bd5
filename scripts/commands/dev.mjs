import { spawn } from 'node:child_process';
import { projectPath } from '../project.mjs';

/** The service straight from its sources, started anew whenever one changes. */
export function dev(args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(
      projectPath('node_modules/.bin/tsx'),
      ['watch', '--clear-screen=false', projectPath('workers/main.ts'), ...args],
      { stdio: 'inherit', env },
    );
    // The watcher relays these itself; this process only has to outlive it.
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
