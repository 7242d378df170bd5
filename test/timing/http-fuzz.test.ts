import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrontDoor, type FrontDoor } from '../../src/api/http/front-door.ts';
import { PROBLEM_CODES } from '../../src/domain/problem-codes.ts';
import { copyMadeLedger } from '../support/data-dir.ts';
import { operationsOf, type Operation } from '../support/http-fuzz/document.ts';
import { bytesOf, requestArbitrary, type FuzzRequest } from '../support/http-fuzz/requests.ts';
import type { Hints } from '../support/http-fuzz/values.ts';
import { EFFORT, SEED } from '../support/random.ts';
import { exchange, type RawAnswer } from '../support/raw-http.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

const RUNS = 600 * EFFORT;

/** What the router, the door and the tokens may say to a call that no document names. */
const UNDOCUMENTED = [400, 401, 403, 404, 405, 415, 429, 431];

let service: RunningService;
let door: FrontDoor;
let operations: readonly Operation[];
let hints: Hints;

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'onboard-fuzz-'));
  afterAll(() => rm(dataDir, { recursive: true, force: true }));
  await copyMadeLedger(join(dataDir, 'ledger'));
  service = await startService({ env: { DATABASE_URL: '', DATA_DIR: dataDir }, stopWith: afterAll });
  door = await openFrontDoor('127.0.0.1', 0);
  afterAll(() => door.close(0));
  door.admit((incoming, response) => service.app.routing(incoming, response));
  operations = operationsOf((await service.call({ url: '/openapi.json', token: null })).body);
  hints = await prepare();
}, 180_000);

/** Something of every kind to ask for, and the values that the document only calls texts. */
async function prepare(): Promise<Hints> {
  const [provisioned, failed] = [
    idOf(await service.post(request('ok'))),
    idOf(await service.post(request('limit'))),
  ];
  await Promise.all([service.until(provisioned, 'provisioned'), service.until(failed, 'failed')]);
  const upload = await service.call({
    method: 'POST',
    url: '/v1/imports',
    payload: 'account,region,eventNamespace,eventName\n42,us-east-1,a,b\n',
    headers: { 'content-type': 'text/csv' },
  });
  const page = JSON.parse((await service.call({ url: '/v1/onboardings?limit=1' })).body) as {
    nextCursor: string;
  };
  return {
    id: [provisioned, failed, idOf(upload), 'onb_00000000000000000000000000', 'none'],
    region: ['us-east-1', 'eu-west-1'],
    eventNamespace: ['fuzz', 'fuzz/deep/er', 'f.u-z_z'],
    eventName: [
      'a',
      'b',
      'cme-1',
      'limit',
      'other',
      'mine',
      ...Array.from({ length: 40 }, (_, n) => `n${n}`),
    ],
    sourceName: ['aws.partner/acme.example/fuzz/a', 'aws.partner/acme.example/two'],
    callbackUrl: ['https://callback.example/x'],
    customerId: ['c-1', 'ünïcödé'],
    cursor: [page.nextCursor],
    wait: ['0', '0.01', '-1', '31', 'soon'],
  };
}

describe('any request', () => {
  it(`is answered as the document says, and leaves nothing behind: ${RUNS} requests (seed ${SEED})`, async () => {
    const tokens = [TOKENS.admin, TOKENS.operator, TOKENS.viewer, TOKENS.signup, undefined];
    const arbitrary = requestArbitrary(operations, { hints, tokens });
    const seen = new Map<string, number>();
    // Each fault once, with the first request that showed it: one look shows all that there is to mend.
    const faults = new Map<string, string>();
    const run = async (numRuns: number, seed: number): Promise<void> =>
      fc.assert(
        fc.asyncProperty(arbitrary, async (fuzzed) => {
          const answer = await exchange(door.url, bytesOf(fuzzed));
          const status = String(answer?.status ?? 'ended');
          seen.set(status, (seen.get(status) ?? 0) + 1);
          const wrong = faultIn(fuzzed, answer);
          if (wrong === undefined) return;
          const key = `${fuzzed.operation?.method ?? 'undocumented'} ${fuzzed.operation?.path ?? ''}: ${wrong}`;
          if (!faults.has(key)) faults.set(key, `${key}\n${told(fuzzed, answer)}`);
        }),
        { numRuns, seed },
      );
    await run(Math.ceil(RUNS / 4), SEED);
    const warm = heapAfterCollection();
    await run(Math.floor((RUNS * 3) / 4), SEED + 1);
    const end = heapAfterCollection();
    const counts = [...seen].sort().map(([status, count]) => `${status}: ${count}`);
    console.log(`${counts.join(', ')}; heap ${mb(warm)} → ${mb(end)}`);
    const failed = service.log.lines.filter(({ message }) => message === 'http.failed');
    expect([...faults.values()].join('\n\n')).toBe('');
    expect(failed).toEqual([]);
    expect((await service.call({ url: '/readyz' })).statusCode).toBe(200);
    for (const status of ['200', '400', '401', '403', '404', '431'])
      expect(Object.fromEntries(seen), `some request was to be answered ${status}`).toHaveProperty(status);
    expect(end).toBeLessThan(warm * 1.5 + 10_000_000);
  }, 600_000);
});

/** What is wrong with an answer; undefined: nothing. */
function faultIn(fuzzed: FuzzRequest, answer: RawAnswer | undefined): string | undefined {
  // Node ends the connection of whoever asks for a tunnel; all others get an answer.
  if (answer === undefined) return fuzzed.method === 'CONNECT' ? undefined : 'no answer';
  const { status, headers, body } = answer;
  const type = headers['content-type'] ?? '';
  if (status >= 500) return `status ${status}`;
  if (headers['x-content-type-options'] !== 'nosniff') return 'unsafe headers';
  if (/node_modules|\bat [^"]*:\d+:\d+/.test(body)) return 'a stack in the answer';
  if (fuzzed.method === 'HEAD') return body === '' ? undefined : 'a body for HEAD';
  const operation = fuzzed.operation;
  if (operation !== undefined) {
    const judge = operation.answers[status];
    if (judge === undefined) return `status ${status} is not documented`;
    const complaint = judge(type, body);
    if (complaint !== undefined) return complaint;
  } else if (status >= 400 && !UNDOCUMENTED.includes(status)) return `status ${status}`;
  if (operation === undefined && isPage(type, body)) return undefined;
  return status >= 400 && !isBullBoard(fuzzed, body) ? problemFault(status, { type, body }) : undefined;
}

function problemFault(status: number, { type, body }: { type: string; body: string }): string | undefined {
  if (!type.startsWith('application/problem+json')) return `an error of type ${type}`;
  const problem = JSON.parse(body) as { status: number; code: (typeof PROBLEM_CODES)[number] };
  if (problem.status !== status) return 'another status in the body';
  return PROBLEM_CODES.includes(problem.code) ? undefined : `the code ${problem.code} is not documented`;
}

/** The console says what is wrong as a page, to whoever asks for one of its own: the overview lies at `/`. */
const isPage = (type: string, body: string): boolean =>
  type.startsWith('text/html') && body.startsWith('<!doctype html>');

/** Its own API says `{error:{key}}` of what it does not know or does not take. */
const isBullBoard = ({ target }: FuzzRequest, body: string): boolean =>
  target.startsWith('/queues/') && /^\{"error":\{"key":"ERRORS\.\w+"/.test(body);

const told = (fuzzed: FuzzRequest, answer: RawAnswer | undefined): string =>
  `sent: ${JSON.stringify(bytesOf(fuzzed).toString('latin1').slice(0, 1_500))}\ngot: ${JSON.stringify(answer ?? null).slice(0, 1_500)}`;

const mb = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
