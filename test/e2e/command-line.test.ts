import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import stringWidth from 'string-width';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { takeRedisDatabase } from '../support/redis-database.ts';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const ONBOARD = fileURLToPath(new URL('../../bin/onboard.mjs', import.meta.url));
const IN_TERMINAL = fileURLToPath(new URL('../support/programs/in-terminal.py', import.meta.url));
const WITHIN_S = 90;
const TOKEN = 'local-admin-0123456789';

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `onErr` is told what was written to stderr so far, whenever there is more. */
function run(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
  onErr: (soFar: string) => void = () => undefined,
): Promise<Run> {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve) => {
    const child = execFile(program, [...args], { env: { PATH, HOME, ...env } }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
    let soFar = '';
    child.stderr?.on('data', (text) => onErr((soFar += String(text))));
  });
}

const onboard = (args: readonly string[], env: Record<string, string>): Promise<Run> =>
  run(process.execPath, [ONBOARD, ...args], env);

/** The command as a person meets it: in a terminal of 90 columns, with keys pressed once a text is there. */
async function inTerminal(
  args: readonly string[],
  {
    env,
    steps = [],
    onStep,
  }: {
    env: Record<string, string>;
    steps?: readonly (readonly [string, string])[];
    onStep?: (soFar: string) => void;
  },
): Promise<{ code: number; shown: string }> {
  const command = [process.execPath, ONBOARD, ...args];
  const { out, err } = await run(
    'python3',
    [IN_TERMINAL, '90', '30', String(WITHIN_S), ...steps.flat(), '--', ...command],
    { TERM: 'xterm-256color', ...env },
    onStep,
  );
  return { code: Number(err.trim().split('\n').at(-1)), shown: out };
}

interface Started {
  readonly service: ServiceProcess;
  readonly env: Record<string, string>;
  readonly serviceEnv: Record<string, string>;
}

/** On servers that are there already; an embedded database would take seconds to start. */
async function start(): Promise<Started> {
  const [DATA_DIR, database, redis] = [
    await temporaryFolder(),
    await createTestDatabase(),
    await takeRedisDatabase(),
  ];
  onTestFinished(async () => {
    await database.drop();
    await redis.stop();
  });
  // Where an embedded service would have left it.
  await writeFile(join(DATA_DIR, 'admin-token'), TOKEN, { mode: 0o600 });
  const serviceEnv = {
    DATA_DIR,
    API_TOKENS: `admin:${TOKEN}`,
    SESSION_SECRET: 'login-secret-0123456789-0123456789',
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    AWS_MODE: 'sandbox',
    PORT: String(await freePort()),
    REGIONS: 'us-east-1,eu-west-1',
  };
  const service = await startServiceProcess(serviceEnv);
  await service.ready();
  return { service, env: { ONBOARD_URL: service.url, DATA_DIR }, serviceEnv };
}

async function add({ env }: Started, name: string): Promise<Onboarding> {
  const place = ['--account', '000000000101', '--region', 'eu-west-1', '--namespace', 'tenant-42'];
  const { out } = await onboard(['add', ...place, '--name', name, '--json'], env);
  return JSON.parse(out) as Onboarding;
}

async function failedOne(started: Started, name: string): Promise<string> {
  const { id } = await add(started, name);
  expect((await onboard(['wait', id, '--timeout', '60'], started.env)).code).toBe(1);
  return id;
}

const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g;

describe('the built command against a running service', () => {
  test('shows failures, asks before it replays, and follows to the end', async () => {
    const started = await start();
    const { env } = started;
    const id = await failedOne(started, 'orders.limit');

    const failures = await inTerminal(['failures'], { env });
    expect(failures.code).toBe(0);
    expect(failures.shown).toContain('LimitExceededException');
    expect(failures.shown).toContain('\u001b[');
    for (const line of failures.shown.replace(ESCAPES, '').split(/\r*\n/))
      expect(stringWidth(line)).toBeLessThanOrEqual(90);
    expect((await inTerminal(['failures'], { env: { ...env, NO_COLOR: '1' } })).shown).not.toMatch(
      /\u001b\[\d+m/,
    );

    const replay = ['replay', '--error-code', 'LimitExceededException', '--reason', 'quota raised'];
    const refused = await inTerminal(replay, { env, steps: [['[y/N]', 'n\\r']] });
    expect(refused.code).toBe(1);
    expect(refused.shown).toContain('Replay 1 onboarding?');
    expect(refused.shown).toContain(id);
    expect(refused.shown).toContain('Nothing was replayed.');
    expect(JSON.parse((await onboard(['replays', '--json'], env)).out)).toMatchObject({ items: [] });

    // It fails again, and the exit code says so.
    const replayed = await inTerminal(replay, { env, steps: [['[y/N]', 'y\\r']] });
    expect(replayed.code).toBe(1);
    expect(replayed.shown).toContain('1/1 ended');
    expect(replayed.shown).toMatch(/status.*completed/);
    const shown = await onboard(['show', id], env);
    expect(shown.out).toMatch(/attempt 2 +quota, LimitExceededException/);
    expect(shown.out).toContain('quota raised');
  });

  test('watch shows a change, outlives its service, and ends with q', async () => {
    const started = await start();
    let steps = '';
    const watching = inTerminal(['watch'], {
      env: started.env,
      steps: [
        ['Connected', ''],
        ['No connection', ''],
        ['Connected', ''],
        ['LimitExceeded', 'q'],
      ],
      onStep: (soFar) => (steps = soFar),
    });
    await eventually(() => steps.includes('saw Connected'), { withinMs: 90_000 });
    started.service.signalGroup('SIGTERM');
    await started.service.ended;
    await eventually(() => steps.includes('saw No connection'), { withinMs: 90_000 });
    const again = await startServiceProcess(started.serviceEnv);
    await again.ready();
    await failedOne(started, 'orders.limit');
    const { code, shown } = await watching;
    expect(shown).toContain('No connection');
    expect(code).toBe(0);
    expect(shown.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  });

  test('watch elsewhere prints a line for each change', async () => {
    const started = await start();
    const watching = run(
      'sh',
      ['-c', `"$0" "$1" watch --json | head -n 1`, process.execPath, ONBOARD],
      started.env,
    );
    const seen = { end: false };
    void watching.finally(() => (seen.end = true));
    // It begins with what happens from then on; once its reader has gone, the next line ends it.
    for (let count = 0; !seen.end && count < 100; count += 1) await add(started, `orders-${count}`);
    const { out } = await watching;
    const [first = ''] = out.split('\n');
    expect(JSON.parse(first)).toMatchObject({ region: 'eu-west-1' });
  });

  test('doctor is well with a service, says what to do without one, and looks from here', async () => {
    const started = await start();
    const well = await onboard(['doctor', '--json'], started.env);
    expect(well.code).toBe(0);
    expect(JSON.parse(well.out)).toMatchObject({ findings: expect.any(Array) as unknown });
    const gone = await onboard(['doctor'], {
      ONBOARD_URL: `http://127.0.0.1:${await freePort()}`,
      ONBOARD_TOKEN: 'x',
    });
    expect(gone.code).toBe(1);
    expect(gone.out).toMatch(/fail {2}service\.reachable: .*ECONNREFUSED[^]*→ Start it with "npm start"/);
    const local = await onboard(['doctor', '--local'], { AWS_MODE: 'live' });
    expect(local.code).toBe(1);
    expect(local.out).toMatch(/fail {2}config: .*PARTNER_NAME/);
  });
});

describe('without a service', () => {
  test('a disk that is full behind stdout, or a reader of stderr that is gone, ends without a stack', async () => {
    const shell = (line: string): Promise<Run> => run('sh', ['-c', line, process.execPath, ONBOARD], {});
    const full = await shell('"$0" "$1" --help > /dev/full');
    expect(full).toMatchObject({ code: 1, out: '' });
    expect(full.err).toMatch(/^onboard: Cannot write to stdout: ENOSPC.*\n$/);
    expect(await shell('"$0" "$1" list --bogus 2> /dev/full')).toMatchObject({ code: 2, out: '', err: '' });
  });

  test('the service refuses an argument that it does not know', async () => {
    const main = fileURLToPath(new URL('../../dist/workers/main.js', import.meta.url));
    for (const [argument, fault] of [
      ['--rnu=http', "Unknown option '--rnu'"],
      ['http', "Unexpected argument 'http'"],
      ['--run', "Option '--run <value>' argument missing"],
      ['--run=http,wrkers', '--run must be all or a comma list of'],
    ] as const) {
      const { code, out, err } = await run(process.execPath, [main, argument], {});
      expect({ code, out }, argument).toEqual({ code: 2, out: '' });
      expect(err).toContain(fault);
    }
  });
});
