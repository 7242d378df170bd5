import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { say } from '../bootstrap/announce.mjs';
import { projectPath } from '../project.mjs';
import { startDemo } from '../transcript/demo.mjs';
import { page } from '../transcript/page.mjs';
import { STEPS } from '../transcript/steps.mjs';
import { terminalSvg } from '../transcript/terminal-svg.mjs';
import { typeCommand } from '../transcript/type-command.mjs';

/** Writes docs/terminal.md and docs/images/watch.svg from a real run: a demo of failures, and commands at a terminal. */
export async function transcript() {
  const folder = await mkdtemp(`${tmpdir()}/onboard-transcript-`);
  const demo = await startDemo(folder);
  try {
    const typed = [];
    let shown = '';
    for (const { title, command, answer, afterMs = 0 } of STEPS) {
      await delay(afterMs);
      // The id of a replay is known once it has begun.
      const line = command.replace('<replay>', /rpl_[0-9a-z]{26}/.exec(shown)?.[0] ?? '');
      say(`$ ${line}`);
      const run = await typeCommand(line, { env: demo.env, answer });
      shown = run.shown;
      typed.push({ title, line, ...run });
    }
    const watch = typed.find(({ line }) => line.startsWith('onboard watch'));
    await mkdir(projectPath('docs/images'), { recursive: true });
    await writeFile(projectPath('docs/images/watch.svg'), terminalSvg(watch.shown, `$ ${watch.line}`));
    await writeFile(projectPath('docs/terminal.md'), page(typed));
    return 0;
  } finally {
    await demo.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
