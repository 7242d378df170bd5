import { Readable } from 'node:stream';
import { projectUrl } from '../project.mjs';
import { shellWords } from './shell-words.mjs';

const COLUMNS = 100;

/** Runs a command as at a terminal of 100 columns with colors; `shown` is all that stands there afterwards. */
export async function typeCommand(line, { env, answer = 'n' }) {
  const { runProgram } = await import(projectUrl('dist/src/cli/program.js').href);
  let shown = '';
  const write = (text) => void (shown += text);
  const [, ...argv] = shellWords(line);
  const code = await runProgram(argv, {
    env,
    terminal: {
      stdin: Readable.from([]),
      out: write,
      err: write,
      screen: undefined,
      page: { columns: COLUMNS, rows: 34, color: true, keys: undefined, onResize: () => () => undefined },
      ask: async (question) => {
        write(`${question}${answer}\n`);
        return answer;
      },
      readerGone: new AbortController().signal,
      now: () => Date.now(),
    },
  });
  return { shown, code };
}
