import { spawn } from 'node:child_process';

/** Everything the bootstrap has to say goes to stderr: stdout belongs to the command. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Something is missing that cannot, or must not, be installed; the message names the command that would. */
export class CannotContinue extends Error {}

/**
 * Runs a program quietly and resolves to `{ code, output }`; `output` is what it printed on either stream. A
 * program that does not exist answers like the shell does, with 127.
 */
export function runQuietly(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
