import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { onboardingJson, startScriptedApi, type Scripted } from '../support/scripted-api.ts';

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../support/programs/bare-client.ts', import.meta.url));

test('the built client runs where nothing is but the language and the web’s own interfaces', async () => {
  const provisioned = onboardingJson({ status: 'provisioned' });
  const event = (id: number) =>
    `retry: 1\nid: ${id}\nevent: onboarding\ndata: ${JSON.stringify(provisioned)}\n\n`;
  let lines = 0;
  let lost = false;
  const answer = (url: string): Scripted => {
    if (url === '/v1/onboardings' && !lost) {
      lost = true;
      return { lost: true };
    }
    if (url === '/v1/onboardings/batch')
      return { body: { items: [{ status: 202, onboarding: provisioned }] } };
    if (url.startsWith('/v1/onboardings?limit')) return { body: { items: [provisioned], nextCursor: null } };
    if (url !== '/v1/events') return { body: provisioned };
    lines += 1;
    return { events: { parts: [event(lines)], then: lines === 1 ? 'end' : 'hold' } };
  };
  const api = await startScriptedApi(({ url }) => answer(url));
  const { stdout } = await run(
    process.execPath,
    ['--import', 'tsx', '--experimental-vm-modules', '--no-warnings', PROGRAM, api.url],
    { cwd: PROJECT },
  );
  const { ends, globals } = JSON.parse(stdout) as { ends: string[]; globals: string[] };
  expect(ends.filter((end) => end !== 'ok')).toEqual([]);
  // 13 calls, one listed, an event before the cut of the line and one behind it.
  expect(ends).toHaveLength(29);
  expect(globals).toEqual([
    'AbortController',
    'AbortSignal',
    'ReadableStream',
    'TextDecoder',
    'URL',
    'clearTimeout',
    'crypto',
    'fetch',
    'setTimeout',
  ]);
});
