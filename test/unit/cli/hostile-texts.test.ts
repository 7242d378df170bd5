import type { Command, Option } from 'commander';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createProgram, runProgram } from '../../../src/cli/program.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { startScriptedApi } from '../../support/scripted-api.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

/** Recolours the screen, clears it, sets its title, goes back on the line, turns the direction; in C0, C1 and Unicode. */
const HOSTILE = 'a\u001b[31m\u001b[2J\u001b]0;title\u0007\u009b31m\r\b\u202eb';
/** All that a terminal acts on, but for tabs and line feeds. */
const ACTED_ON =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

interface Written {
  readonly code: number;
  readonly text: string;
}

/** Runs a command line where somebody answers every question with no. */
async function run(argv: readonly string[], env: Record<string, string>): Promise<Written> {
  let text = '';
  const keep = (more: string): void => void (text += more);
  const code = await runProgram(argv, { env, terminal: terminalOf(keep) });
  return { code, text };
}

const terminalOf = (keep: (text: string) => void): Terminal => ({
  stdin: Readable.from([]),
  out: keep,
  err: keep,
  screen: undefined,
  page: undefined,
  ask: (question) => {
    keep(question);
    return Promise.resolve('n');
  },
  readerGone: AbortSignal.abort(),
  now: () => Date.parse('2026-03-01T12:00:00Z'),
});

/** The lines that print what a terminal acts on, with what stands before it; and how many showed the text at all, as escapes. */
async function runAll(
  lines: readonly (readonly string[])[],
  env: Record<string, string>,
): Promise<{ leaks: readonly string[]; shown: number }> {
  const leaks: string[] = [];
  let shown = 0;
  for (const argv of lines) {
    const { text } = await run(argv, env);
    const at = text.search(ACTED_ON);
    if (at >= 0)
      leaks.push(`${argv.join(' ').replaceAll(HOSTILE, '…')}: ${text.slice(Math.max(0, at - 40), at)}`);
    if (text.includes(String.raw`\u001b[31m`)) shown += 1;
  }
  return { leaks, shown };
}

interface Place {
  readonly path: readonly string[];
  readonly command: Command;
}

/** Every command of the program, those below others too; `sandbox` runs until it is ended. */
function commandsOf(command: Command, path: readonly string[] = []): readonly Place[] {
  return command.commands
    .filter((below) => below.name() !== 'sandbox')
    .flatMap((below) => {
      const place = { path: [...path, below.name()], command: below };
      return [place, ...commandsOf(below, place.path)];
    });
}

const PROGRAM = createProgram({
  env: {},
  terminal: terminalOf(() => undefined),
  openClient: () => Promise.reject(new Error('Nobody is called.')),
  endWith: () => undefined,
});
const PLACES = commandsOf(PROGRAM);

const flagOf = ({ long, short }: Option): string => long ?? short ?? '';
/** As few words as the command wants, each of them this text. */
const fewest = (command: Command, text: string): readonly string[] =>
  command.registeredArguments
    .filter(({ required }) => required)
    .map(({ argChoices }) => argChoices?.[0] ?? text);
const required = (command: Command, text: string): readonly string[] =>
  command.options.filter(({ mandatory }) => mandatory).flatMap((option) => [flagOf(option), text]);

/** Arguments that a person may have pasted, wherever a command takes one. */
function hostileLines({ path, command }: Place): readonly (readonly string[])[] {
  const words = fewest(command, 'word');
  return [
    [...path, `--${HOSTILE}`],
    [...path, `-${HOSTILE}`],
    [...path, ...words, HOSTILE, HOSTILE],
    [...path, ...fewest(command, HOSTILE), ...required(command, HOSTILE)],
    ...command.options
      .filter((option) => option.required)
      .flatMap((option) => [
        [...path, ...words, ...required(command, 'r'), flagOf(option), HOSTILE],
        [...path, ...words, `${flagOf(option)}=${HOSTILE}`],
        [...path, ...words, flagOf(option), `k=${HOSTILE}`, flagOf(option), `k=${HOSTILE}`],
        [...path, ...words, flagOf(option), `${HOSTILE}=1`, flagOf(option), `${HOSTILE}=1`],
      ]),
  ];
}

/** Words that the commands look up: any other text would end them before they have printed anything. */
const LOOKED_UP = new Set(['status', 'replay', 'side', 'state', 'outcome', 'search']);

/** The same JSON with the text instead of each text, every key of a map and, if so wished, every number. */
function poisoned(json: unknown, numbers: boolean): unknown {
  if (typeof json === 'string' || (numbers && typeof json === 'number')) return HOSTILE;
  if (Array.isArray(json)) return json.map((item) => poisoned(item, numbers));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key === 'key' ? HOSTILE : key,
      LOOKED_UP.has(key) ? value : poisoned(value, numbers),
    ]),
  );
}

/** What stands in the answers of all calls, in one. */
const ITEM = {
  id: 'x',
  status: 'failed',
  customerId: 'x',
  account: 'x',
  region: 'x',
  sourceName: 'x',
  lane: 'x',
  outcome: 'created',
  eventSourceArn: 'x',
  arnOrigin: 'x',
  awsState: 'x',
  expiresAt: 'x',
  error: { code: 'x', kind: 'x', message: 'x', requestId: 'x', at: 'x' },
  attempts: [{ origin: 'x', number: 1, error: 'x' }],
  replays: 1,
  nextAttemptAt: 'x',
  metadata: { key: 'x' },
  callbackUrl: 'x',
  createdAt: 'x',
  updatedAt: 'x',
  completedAt: 'x',
  endedAt: 'x',
  number: 1,
  replay: 1,
  errorCode: 'x',
  message: 'x',
  requestId: 'x',
  durationMs: 1,
  at: 'x',
  type: 'x',
  onboardingId: 'x',
  destination: 'x',
  actor: 'x',
  action: 'x',
  subject: 'x',
  reason: 'x',
  before: { key: 'x', paused: 'y' },
  after: { key: 'y', paused: 'x' },
  filter: { key: 'x', ids: ['x'] },
  ratePerSecond: 1,
  matched: 1,
  queued: 1,
  skipped: 1,
  provisioned: 1,
  failed: 1,
  cancelled: 1,
  waiting: 1,
  active: 1,
  delayed: 1,
  oldestWaitingMs: 1,
  count: 1,
  kind: 'x',
  firstSeenAt: 'x',
  lastSeenAt: 'x',
  sampleIds: ['x'],
  trend: { lastHour: 1, hourBefore: 1, hours: [1] },
  circuit: { state: 'open', reason: 'x', since: 'x', nextProbeAt: 'x' },
  paused: true,
  pause: { reason: 'x', actor: 'x', since: 'x' },
  draining: { reason: 'x', actor: 'x', since: 'x', remaining: 1 },
  drained: false,
  off: { reason: 'x', since: 'x' },
  quota: { perSecond: 1, presentPerSecond: 1, foundPerSecond: 1 },
  advice: {
    title: 'x',
    side: 'aws',
    meaning: 'x',
    todo: ['x'],
    replay: 'sensible',
    replayNote: 'x',
    runbook: 'x',
    template: 'x',
  },
  row: 1,
  field: 'x',
  code: 'x',
};
const ANSWER = {
  ...ITEM,
  items: [ITEM],
  nextCursor: 'x',
  regions: [ITEM],
  byStatus: { key: 1 },
  byLane: { key: 1 },
  byRegion: [ITEM],
  byErrorCode: [ITEM],
  sample: [ITEM],
  search: 'indexed',
  points: [ITEM],
  rows: 1,
  accepted: 1,
  duplicates: 1,
  rejected: 1,
  errors: [ITEM],
  errorsTruncated: true,
  ignoredColumns: ['x'],
  version: 'x',
  findings: [{ check: 'x', subject: 'x', status: 'fail', message: 'x', fix: 'x' }],
  parts: { key: 'x' },
  detail: 'x',
};

const FORMATS = [[], ['--json'], ['--csv']] as const;

describe('nothing that a terminal acts on is printed', () => {
  test('of the arguments of any command, whatever is wrong with them', async () => {
    const api = await startScriptedApi(() => ({ status: 404, body: { code: 'not_found', detail: 'No.' } }));
    const env = { ONBOARD_URL: api.url, ONBOARD_TOKEN: 'x' };
    const lines = [[HOSTILE], [`--${HOSTILE}`], ...PLACES.flatMap(hostileLines)];
    expect(lines.length).toBeGreaterThan(300);
    const { leaks, shown } = await runAll(lines, env);
    expect(leaks).toEqual([]);
    expect(shown).toBeGreaterThan(100);
  });

  test('of the environment', async () => {
    const folder = join(await temporaryFolder(), HOSTILE);
    for (const env of [
      { ONBOARD_URL: HOSTILE },
      { ONBOARD_URL: `http://${HOSTILE}` },
      { ONBOARD_URL: 'http://127.0.0.1:9', ONBOARD_TOKEN: HOSTILE },
      { DATA_DIR: folder },
      { PARTNER_NAME: HOSTILE, REGIONS: HOSTILE },
    ])
      for (const argv of [['stats'], ['doctor'], ['iam-policy']])
        expect((await run(argv, env)).text, JSON.stringify(env)).not.toMatch(ACTED_ON);
  });

  test.each([
    ['texts', 200, false],
    ['texts and numbers', 200, true],
    ['problems', 409, true],
  ])('of what a service answers: %s', async (_what, status, numbers) => {
    const body = poisoned(ANSWER, numbers);
    const api = await startScriptedApi(() => ({ status, body }));
    const env = { ONBOARD_URL: api.url, ONBOARD_TOKEN: 'x' };
    const lines = PLACES.flatMap(({ path, command }) => {
      const bare = [...path, ...fewest(command, 'word'), ...required(command, 'r')];
      const ways = WAYS[path.join(' ')] ?? [[]];
      return ways.flatMap((way) => FORMATS.map((format) => [...bare, ...way, ...format]));
    });
    const { leaks, shown } = await runAll(lines, env);
    expect(leaks).toEqual([]);
    expect(shown).toBeGreaterThan(30);
  });
});

/** What else a command needs, or can do. */
const WAYS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  add: [
    ['--source-name', 'x'],
    ['--source-name', 'x', '--dry-run'],
  ],
  list: [['--limit', '1']],
  wait: [['--timeout', '1']],
  replay: [['--all'], ['--all', '--yes', '--no-follow'], ['--all', '--dry-run'], ['word']],
  failures: [[], [HOSTILE], ['word']],
  watch: [['--once']],
};
