import type { Command } from 'commander';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

const INTRODUCTION = `# Command line

Written by \`npm run docs\` from the commands' own help.

From a checkout: \`npx onboard …\`, or \`npm link\` once and then \`onboard …\`. It speaks to a running service over HTTP, with the rights of its token; \`sandbox\`, \`iam-policy\`, \`completion\` and \`doctor --local\` need none.

- Data goes to stdout, everything else to stderr. \`--json\` prints what the API answered, whole and exact; \`--csv\` prints lists for spreadsheets: every cell is quoted, and an apostrophe stands before what a spreadsheet would run as a formula. In a terminal tables fit its width: texts are cut with … and columns left out, which is said; ids never are. Times are relative there, and exact everywhere else.
- Whatever changes something has \`--dry-run\`; what an operator does takes a \`--reason\`, which the audit keeps.
- Exit code: 0 done, 1 failed, 2 misuse.

[A run from failures to their end](terminal.md) shows the commands at work; [runbooks](runbooks) say what to do about each kind of failure.
`;

/** docs/cli.md: every command with its help, those below another one behind it. */
export function commandReference(): string {
  let written = '';
  const terminal: Terminal = {
    stdin: process.stdin,
    out: (text) => (written += text),
    err: () => undefined,
    screen: undefined,
    page: undefined,
    ask: undefined,
    readerGone: new AbortController().signal,
    now: () => 0,
  };
  const program = createProgram({
    env: {},
    terminal,
    openClient: () => Promise.reject(new Error('Help needs no service.')),
    endWith: () => undefined,
  });
  const helpOf = (command: Command): string => {
    written = '';
    command.outputHelp();
    return `\`\`\`\n${written.trimEnd()}\n\`\`\`\n`;
  };
  const sections = visible(program).flatMap((command) =>
    [command, ...visible(command)].map((it) => `## ${nameOf(it)}\n\n${helpOf(it)}`),
  );
  return [INTRODUCTION, helpOf(program), ...sections].join('\n');
}

const visible = (command: Command): readonly Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((it) => it.name() !== 'help');

const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
