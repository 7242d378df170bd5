import { spawn } from 'node:child_process';
import { projectPath } from '../project.mjs';

/** A program of test/ or bench/, straight from its TypeScript source; its arguments and its exit code pass through. */
export function program(path) {
  return (args, env) =>
    new Promise((resolve, reject) => {
      const child = spawn(projectPath('node_modules/.bin/tsx'), [projectPath(path), ...args], {
        stdio: 'inherit',
        env,
      });
      // A terminal sends it the same; this process only has to outlive it.
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? 1));
    });
}
