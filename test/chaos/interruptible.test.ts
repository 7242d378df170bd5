import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startChildProgram } from '../support/child-program.ts';

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'a program that %s interrupts stops what it has started and leaves no folder',
  async (name, code) => {
    const program = startChildProgram('run-interruptibly.ts', []);
    onTestFinished(() => program.kill9());
    const folder = await program.nextLine();
    expect(existsSync(folder)).toBe(true);
    const ended = once(program.child, 'exit');
    // Twice, as a terminal and npm send it.
    program.child.kill(name);
    program.child.kill(name);
    expect(await program.nextLine()).toBe('stopped');
    expect(await ended).toEqual([code, null]);
    expect(existsSync(dirname(folder))).toBe(false);
  },
);
