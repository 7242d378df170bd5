import { spawn } from 'node:child_process';
import { projectPath } from '../project.mjs';

/**
 * A command that runs a program straight from its TypeScript source; arguments and exit code pass through. In Node and
 * not by tsx's own command, which kills a program that has not answered a signal after 60 ms.
 */
export function tsx(path) {
  // Resolved when it runs: the packages may have to be installed first.
  return passThrough(process.execPath, () => ['--import', import.meta.resolve('tsx'), projectPath(path)]);
}

/** The same, started again whenever a source changes, with options of tsx's own command. */
export function tsxWatch(path, options) {
  return passThrough(projectPath('node_modules/.bin/tsx'), () => ['watch', ...options, projectPath(path)]);
}

function passThrough(program, argv) {
  return (args, env) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, [...argv(), ...args], { stdio: 'inherit', env });
      // A terminal sends it the same; this process only has to outlive it.
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? 1));
    });
}
