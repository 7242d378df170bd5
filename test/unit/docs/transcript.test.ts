import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../src/cli/program.ts';
import { shellWords } from '../../../scripts/transcript/shell-words.mjs';
import { STEPS } from '../../../scripts/transcript/steps.mjs';
import { startScriptedApi } from '../../support/scripted-api.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const commands = [...read('docs/terminal.md').matchAll(/^```console\n\$ (.*)$/gm)].map(
  ([, line = '']) => line,
);

describe('docs/terminal.md', () => {
  it('has the commands of its script, in their order', () => {
    const typed = commands.map((line) => line.replace(/rpl_[0-9a-z]{26}/, '<replay>'));
    expect(typed).toEqual(STEPS.map(({ command }) => command));
  });

  it.each(commands)('%s is understood', async (line) => {
    // A service that refuses everything: what is misuse ends with 2 before it is asked.
    const api = await startScriptedApi(() => ({
      status: 401,
      body: { code: 'unauthenticated', detail: '' },
    }));
    const [program, ...argv] = shellWords(line);
    const code = await runProgram(argv, {
      env: { ONBOARD_URL: api.url, ONBOARD_TOKEN: 'viewer-0123456789' },
      terminal: {
        stdin: process.stdin,
        out: () => undefined,
        err: () => undefined,
        screen: undefined,
        page: undefined,
        ask: () => Promise.resolve('n'),
        readerGone: new AbortController().signal,
        now: () => 0,
      },
    });
    expect({ program, code }).toEqual({ program: 'onboard', code: 1 });
    expect(api.received.length).toBeGreaterThan(0);
  });

  it('ends with nothing that waits', () => {
    for (const status of ['accepted', 'queued', 'retrying'])
      expect(read('docs/terminal.md')).toMatch(new RegExp(`^status +${status} +0$`, 'm'));
  });
});

it('the picture in the README is the watch of that run', () => {
  const svg = read('docs/images/watch.svg');
  expect(svg).toMatch(/^<svg xmlns/);
  expect(svg).toContain('$ onboard watch --once');
  expect(svg).not.toContain('\u001b');
  expect(read('README.md')).toContain('](docs/images/watch.svg)');
});
