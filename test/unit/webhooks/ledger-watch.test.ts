import { expect, test } from 'vitest';
import type { SendResult } from '../../../src/domain/delivery-policy.ts';
import { QueueUnavailableError } from '../../../src/domain/unavailable.ts';
import type { OutageNote } from '../../../src/ports/alert-ledger.ts';
import { createLedgerWatch, type LedgerWatch } from '../../../src/webhooks/ledger-watch.ts';
import { recordingLog } from '../../support/recording-log.ts';

const NEVER = new AbortController().signal;
const OK: SendResult = { kind: 'answered', statusCode: 200, bodyStart: '', durationMs: 1 };

/** Redis, a ledger that is back, and a receiver, for any number of processes. */
function setStage() {
  let now = Date.parse('2026-03-01T12:00:00.000Z');
  let isRedisAway = false;
  let answer: SendResult = OK;
  let noted: { text: string; until: number } | undefined;
  const sent: string[] = [];
  const backs: string[] = [];
  const reach = <T>(call: () => T): Promise<T> => {
    if (isRedisAway) return Promise.reject(new QueueUnavailableError('away'));
    if (noted !== undefined && noted.until <= now) noted = undefined;
    return Promise.resolve(call());
  };
  const note: OutageNote = {
    claim: (text, forMs) =>
      reach(() => {
        if (noted !== undefined) return false;
        noted = { text, until: now + forMs };
        return true;
      }),
    write: (text, forMs) => reach(() => void (noted = { text, until: now + forMs })),
    read: () => reach(() => noted?.text ?? null),
  };
  return {
    sent,
    backs,
    pass: (ms: number) => void (now += ms),
    redisIs: (state: 'away' | 'usable') => void (isRedisAway = state === 'away'),
    answerWith: (next: SendResult) => void (answer = next),
    iso: () => new Date(now).toISOString(),
    process: (host: string): LedgerWatch =>
      createLedgerWatch({
        note,
        ledger: {
          tellLedgerBack({ since }, at) {
            if (backs.some((earlier) => earlier >= since)) return Promise.resolve('none');
            backs.push(at);
            return Promise.resolve('told');
          },
        },
        send({ body }) {
          sent.push((JSON.parse(body) as { text: string }).text.replace(/[:.].*/s, ''));
          return Promise.resolve(answer);
        },
        alertUrl: 'https://hooks.example/secret',
        site: { url: 'https://onboarding.example', environment: undefined },
        host,
        clock: { now: () => now, sleep: () => Promise.reject(new Error('never')) },
        random: () => 0.5,
        randomBytes: (count) => new Uint8Array(count),
        policy: { backoffBaseMs: 1_000 },
        log: recordingLog(),
      }),
  };
}

const FROM = (host: string): string => `The ledger cannot be used from ${host}`;

test('one of several processes tells an outage, and one tells its end', async () => {
  const stage = setStage();
  const processes = ['one', 'two', 'three'].map(stage.process);
  for (const outage of [1, 2]) {
    for (const one of processes) await one.back();
    const since = stage.iso();
    for (let look = 0; look < 100; look += 1) {
      stage.pass(2_000);
      for (const one of processes) await one.away(since, NEVER);
    }
    expect(stage.sent).toEqual(Array.from({ length: outage }, () => FROM('one')));
    for (const one of processes) await one.back();
    expect(stage.backs).toHaveLength(outage);
    stage.pass(60_000);
  }
});

test('a process that notices the end a moment later than the others starts no second outage', async () => {
  const stage = setStage();
  const [one, late] = [stage.process('one'), stage.process('late')];
  const since = stage.iso();
  await one.away(since, NEVER);
  stage.pass(5_000);
  await one.back();
  stage.pass(2_000);
  await late.away(since, NEVER);
  await late.back();
  expect([stage.sent, stage.backs.length]).toEqual([[FROM('one')], 1]);

  // One that is a second outage is told half a minute later.
  const again = stage.iso();
  for (let look = 0; look < 20; look += 1) {
    await late.away(again, NEVER);
    stage.pass(2_000);
  }
  expect(stage.sent).toEqual([FROM('one'), FROM('late')]);
});

test('a receiver that is down is called again until it accepts, with growing waits', async () => {
  const stage = setStage();
  const one = stage.process('one');
  const since = stage.iso();
  stage.answerWith({ kind: 'unanswered', code: 'ConnectionFailed', durationMs: 1 });
  const looks: number[] = [];
  for (let look = 0; look < 30; look += 1) {
    if (look === 20) stage.answerWith(OK);
    const before = stage.sent.length;
    await one.away(since, NEVER);
    if (stage.sent.length > before) looks.push(look);
    stage.pass(1_000);
  }
  // After 0.75, 2.25, 6.75 and 20.25 s; 30 s are over before the fifth.
  expect(looks).toEqual([0, 1, 4, 11]);
  stage.pass(60_000);
  for (let look = 0; look < 5; look += 1) await one.away(since, NEVER);
  expect(stage.sent).toHaveLength(5);
});

test('another process takes over from one that died before its message arrived, not from one that told', async () => {
  for (const [result, expected] of [
    [{ ...OK, statusCode: 503 }, [FROM('dies'), FROM('lives')]],
    [OK, [FROM('dies')]],
  ] as const) {
    const stage = setStage();
    const [dies, lives] = [stage.process('dies'), stage.process('lives')];
    const since = stage.iso();
    stage.answerWith(result);
    await dies.away(since, NEVER);
    stage.answerWith(OK);
    for (let look = 0; look < 60; look += 1) {
      await lives.away(since, NEVER);
      stage.pass(2_000);
    }
    expect(stage.sent).toEqual(expected);
  }
});

test('a process that was restarted meanwhile tells the end of what another process told', async () => {
  const stage = setStage();
  await stage.process('killed').away(stage.iso(), NEVER);
  stage.pass(3_600_000);
  const started = stage.process('started');
  await started.back();
  await started.back();
  expect(stage.backs).toHaveLength(1);
  await stage.process('started later').back();
  expect(stage.backs).toHaveLength(1);
});

test('without Redis each process tells it itself, and the end is told once all the same', async () => {
  const stage = setStage();
  const processes = ['one', 'two'].map(stage.process);
  const since = stage.iso();
  stage.redisIs('away');
  for (let look = 0; look < 3; look += 1) {
    for (const one of processes) await one.away(since, NEVER);
    stage.pass(2_000);
  }
  expect(stage.sent).toEqual([FROM('one'), FROM('two')]);
  for (const one of processes) await one.back();
  expect(stage.backs).toHaveLength(1);
  // What no process could say in Redis is no reason to be silent the next time.
  stage.redisIs('usable');
  stage.pass(60_000);
  for (const one of processes) await one.back();
  stage.pass(60_000);
  await processes[0]!.away(stage.iso(), NEVER);
  expect(stage.sent).toHaveLength(3);
});

test('a process that has lost the note to another does not tell it when Redis is lost too', async () => {
  const stage = setStage();
  const [one, two] = [stage.process('one'), stage.process('two')];
  const since = stage.iso();
  await one.away(since, NEVER);
  await two.away(since, NEVER);
  stage.redisIs('away');
  await two.away(since, NEVER);
  expect(stage.sent).toEqual([FROM('one')]);
});
