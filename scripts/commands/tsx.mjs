import { spawn } from 'node:child_process';
import { projectPath } from '../project.mjs';

/** A command that runs a program straight from its TypeScript source, with tsx; arguments and exit code pass through. */
export function tsx(path, options = []) {
  return (args, env) =>
    new Promise((resolve, reject) => {
      const argv = [...options, projectPath(path), ...args];
      const child = spawn(projectPath('node_modules/.bin/tsx'), argv, { stdio: 'inherit', env });
      // A terminal sends it the same; this process only has to outlive it.
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? 1));
    });
}
