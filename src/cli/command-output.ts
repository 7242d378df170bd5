import type { OutputConfiguration } from 'commander';
import type { Terminal } from './terminal.ts';
import { safeLines } from './view/safe-text.ts';

/** Where commander writes. Its errors repeat the arguments, which may have been pasted from anywhere. */
export const commandOutput = ({ out, err }: Pick<Terminal, 'out' | 'err'>): OutputConfiguration => ({
  writeOut: (text) => out(safeLines(text)),
  writeErr: (text) => err(safeLines(text)),
});
