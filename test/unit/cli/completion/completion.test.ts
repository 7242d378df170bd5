import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { COMPLETION_SCRIPTS } from '../../../../src/cli/completion-scripts.ts';
import { runProgram } from '../../../../src/cli/program.ts';
import { startScriptedApi } from '../../../support/scripted-api.ts';

const STATS = {
  byErrorCode: { LimitExceededException: 2, InternalException: 1 },
  regions: [{ region: 'eu-west-1' }, { region: 'us-east-1' }],
};

async function complete(words: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
  let out = '';
  await runProgram(['complete', '--', ...words], {
    env,
    terminal: {
      stdin: process.stdin,
      out: (text) => (out += text),
      err: () => undefined,
      screen: undefined,
      page: undefined,
      ask: undefined,
      readerGone: new AbortController().signal,
      now: () => 0,
    },
  });
  return out.split('\n').filter((line) => line !== '');
}

const values = async (words: readonly string[], env?: Record<string, string>): Promise<string[]> =>
  (await complete(words, env)).map((line) => line.split('\t')[0] ?? '');

describe('what may come next', () => {
  test.each([
    [['re'], ['replay', 'replays', 'resume']],
    [
      ['replays', ''],
      ['show', 'follow', 'cancel'],
    ],
    [['list', '--st'], ['--status']],
    [
      ['list', '--status', ''],
      ['accepted', 'queued', 'retrying', 'provisioned', 'failed', 'cancelled'],
    ],
    [['list', '--status', '=', 'f'], ['failed']],
    [['list', '--region', 'eu-west-1', '--status', 'p'], ['provisioned']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['import', ''], [':files']],
    [['show', ''], []],
    [['nonsense', ''], []],
  ])('after %j', async (words, expected) => {
    expect(await values(words)).toEqual(expected);
  });

  test('Regions and errors are those of the service', async () => {
    const api = await startScriptedApi(() => ({ body: STATS }));
    const env = { ONBOARD_URL: api.url, ONBOARD_TOKEN: 'viewer-0123456789' };
    expect(await values(['pause', 'eu'], env)).toEqual(['eu-west-1']);
    expect(await values(['failures', ''], env)).toEqual(['LimitExceededException', 'InternalException']);
    expect(await values(['replay', '--error-code', 'Int'], env)).toEqual(['InternalException']);
  });

  test('each option comes with what it means', async () => {
    expect(await complete(['doctor', '--loc'])).toEqual([
      '--local\tcheck from this machine with the service’s environment, without a running service',
    ]);
  });
});

test('bash completes with it, quietly and one word at a time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onboard-completion-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  // In place of the command: says what it was asked.
  await writeFile(
    join(folder, 'onboard'),
    '#!/bin/sh\nprintf "%s\\n" "$*" > "$ASKED"\nprintf "eu-west-1\\tmeans\\neu-west-2\\n"\n',
    { mode: 0o755 },
  );
  await writeFile(join(folder, 'script'), COMPLETION_SCRIPTS.bash);
  const asked = join(folder, 'asked');
  const program = `
    source ${folder}/script
    complete -p onboard
    COMP_WORDS=(onboard pause eu); COMP_CWORD=2
    _onboard onboard eu pause
    printf '%s\\n' "\${COMPREPLY[@]}"
    cat ${asked}`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', program], {
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, ASKED: asked },
  });
  expect(stdout.split('\n')).toEqual([
    'complete -F _onboard onboard',
    'eu-west-1',
    'eu-west-2',
    'complete -- pause eu',
    '',
  ]);
});

// Neither shell is on every machine that runs these tests; what their scripts ask, and how, can be seen without them.
test.each(['zsh', 'fish'] as const)('the script for %s asks the command itself', (shell) => {
  expect(COMPLETION_SCRIPTS[shell]).toMatch(/complete -- /);
  expect(COMPLETION_SCRIPTS[shell]).toContain(':files');
});
