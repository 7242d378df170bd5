import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import {
  createEventStreams,
  STREAMS_MAX,
  STREAMS_PER_TOKEN,
  type EventStreams,
} from '../../src/api/http/event-streams.ts';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { createFollowing } from '../../src/operations/following.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { newOnboarding } from '../support/ledger-fixtures.ts';
import type { TestDatabase } from '../support/make-database.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';

/** The streams of a process without HTTP around them, so that comments need not take a quarter of a minute. */
let database: TestDatabase;
let ledger: OpenLedger;
const log = recordingLog();
const stopKeeping = new AbortController();
beforeAll(async () => {
  database = await createTestDatabase();
  ledger = await openLedger(
    { kind: 'postgres', url: database.url },
    { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log },
  );
  const kept = ledger.events.keepPositions(stopKeeping.signal);
  afterAll(async () => {
    stopKeeping.abort();
    await kept;
    await ledger.close();
    await database.drop();
  });
});

interface Opened {
  readonly streams: EventStreams;
  /** How streams have ended, in order. */
  readonly ends: readonly string[];
  readonly open: (
    wants?: (onboarding: Onboarding) => boolean,
    holder?: string,
  ) => { text: () => string; leave: () => void };
  readonly stop: () => void;
}

function openStreams(): Opened {
  const stopping = new AbortController();
  const ends: string[] = [];
  const streams = createEventStreams({
    feed: ledger.events,
    following: createFollowing({ feed: ledger.events, clock: systemClock, log }),
    clock: systemClock,
    log,
    stopping: stopping.signal,
    commentEveryMs: 50,
    metrics: { streamOpened: () => undefined, streamEnded: (end) => ends.push(end) },
  });
  onTestFinished(() => stopping.abort());
  return {
    streams,
    ends,
    stop: () => stopping.abort(),
    open(wants = () => true, holder = 'ann') {
      const stream = streams.open({ after: undefined, wants }, holder);
      if (typeof stream !== 'object') throw new Error('There are too many streams.');
      let text = '';
      stream.body.pipe(
        new Writable({
          write(chunk, _encoding, done) {
            text += String(chunk);
            done();
          },
        }),
      );
      return { text: () => text, leave: () => void stream.body.destroy() };
    },
  };
}

it('comments go out again and again while nothing happens', async () => {
  const { open } = openStreams();
  const client = open();
  await eventually(() => client.text().split(': still here\n\n').length > 3);
});

it('a client that wants little is told its position from time to time, and so never falls out of what is kept', async () => {
  const { open } = openStreams();
  const client = open(() => false);
  await eventually(() => client.text().includes('id: '));
  await ledger.accept([newOnboarding(), newOnboarding()]);
  const newest = await eventually(async () => {
    const now = await ledger.events.newest();
    return now >= 2 ? now : undefined;
  });
  await eventually(() => client.text().includes(`: position\nid: ${newest}\n\n`));
  expect(client.text()).not.toContain('event:');
});

it('one holder gets so many streams and no more, others get theirs, and room comes back', async () => {
  const { open, streams, ends } = openStreams();
  const everything = { after: undefined, wants: () => true };
  const [first] = Array.from({ length: STREAMS_PER_TOKEN }, () => open());
  expect(streams.open(everything, 'ann')).toBe('holderHasEnough');
  open(() => true, 'bob');
  first!.leave();
  await eventually(() => ends.length === 1);
  open();
  expect(streams.open(everything, 'ann')).toBe('holderHasEnough');
});

it('there are as many streams as may be, and room again when one has ended', async () => {
  const { open, streams, ends, stop } = openStreams();
  const clients = Array.from({ length: STREAMS_MAX }, (_, n) => open(() => true, `token-${n % 10}`));
  expect(streams.open({ after: undefined, wants: () => true }, 'ann')).toBe('allAreTaken');
  clients[0]!.leave();
  await eventually(() => ends.length === 1);
  open();
  stop();
  await eventually(() => ends.length === STREAMS_MAX + 1);
  expect(new Set(ends.slice(1))).toEqual(new Set(['stopped']));
  expect(ends[0]).toBe('left');
});
