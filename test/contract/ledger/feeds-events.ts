import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Onboarding, OnboardingEvent } from '../../../src/domain/onboarding.ts';
import { eventually } from '../../support/eventually.ts';
import {
  later,
  type LedgerUnderTest,
  newOnboarding,
  onboardingIn,
  ownRegion,
  present,
  roundWrite,
} from '../../support/ledger-fixtures.ts';

/** Gives positions while the test runs, as every process does. */
function keepPositions({ ledger }: LedgerUnderTest): () => Promise<void> {
  const stopping = new AbortController();
  const kept = ledger.events.keepPositions(stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await kept;
  };
  onTestFinished(stop);
  return stop;
}

/** Everything that comes after a position until the condition holds, read a few at a time. */
async function readUntil(
  { ledger }: LedgerUnderTest,
  after: number,
  enough: (events: readonly OnboardingEvent[]) => boolean,
): Promise<readonly OnboardingEvent[]> {
  const events: OnboardingEvent[] = [];
  let position = after;
  return eventually(async () => {
    const page = await ledger.events.read(position, 3);
    if (page.kind === 'reset') throw new Error(`reset to ${page.position}`);
    events.push(...page.events);
    position = page.through;
    return enough(events) ? events : undefined;
  });
}

const positions = (events: readonly OnboardingEvent[]): readonly number[] =>
  events.map(({ position }) => position);
const following = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + 1 + index);

export function feedsEvents(tested: () => LedgerUnderTest): void {
  let start: number;
  beforeEach(async () => {
    // What earlier tests of the file left has its positions first.
    const stopping = new AbortController();
    const kept = tested().ledger.events.keepPositions(stopping.signal);
    await eventually(async () => (await tested().ledger.events.waiting(1)) === 0);
    stopping.abort();
    await kept;
    start = await tested().ledger.events.newest();
  });

  test('every change is an event, as it left the onboarding, in order and without a gap', async () => {
    const { ledger } = tested();
    keepPositions(tested());
    const [acceptance] = await ledger.accept([newOnboarding({ metadata: { plan: 'gold' } })]);
    const { onboarding } = acceptance!;
    await ledger.markQueued([onboarding], later(1));
    const queued = await present(ledger, onboarding);
    await ledger.saveRound(roundWrite(onboarding, 'retrying'));
    const retrying = await present(ledger, onboarding);
    await ledger.saveRound(roundWrite(retrying, 'failed'));
    const failed = await present(ledger, onboarding);
    await ledger.replay(onboarding.id, { from: 'failed', actor: 'a', reason: 'r', at: later(9) });
    const replayed = await present(ledger, onboarding);
    await ledger.saveRound(roundWrite(replayed, 'provisioned', { at: later(10) }));
    const events = await readUntil(tested(), start, (seen) => seen.length >= 6);
    expect(positions(events)).toEqual(following(start, 6));
    expect(events.map((event) => event.onboarding)).toEqual([
      onboarding,
      queued,
      retrying,
      failed,
      replayed,
      expect.objectContaining({ status: 'provisioned', awsState: 'pending' }),
    ]);
    expect(await ledger.events.newest()).toBe(start + 6);
  });

  test('the way from queued back to accepted and on is three events, and is counted', async () => {
    const { ledger, sql } = tested();
    keepPositions(tested());
    const region = ownRegion();
    const [acceptance] = await ledger.accept([newOnboarding({ region, status: 'queued' })]);
    const { onboarding } = acceptance!;
    const counted = () =>
      sql(`select status, count::integer from onboarding.present_counts where region = '${region}'`);
    expect(await counted()).toEqual([{ status: 'queued', count: 1 }]);
    await ledger.unqueue([onboarding], later(1));
    expect(await counted()).toEqual([{ status: 'accepted', count: 1 }]);
    await ledger.markQueued([onboarding], later(2));
    const events = await readUntil(tested(), start, (seen) => seen.length >= 3);
    expect(events.map((event) => event.onboarding)).toEqual([
      onboarding,
      { ...onboarding, status: 'accepted', updatedAt: later(1) },
      { ...onboarding, updatedAt: later(2) },
    ]);
    expect(await counted()).toEqual([{ status: 'queued', count: 1 }]);
    expect(
      await sql(`select happened, count::integer from onboarding.present_figures
        where region = '${region}' and step = 3600`),
    ).toEqual([{ happened: 'accepted', count: 1 }]);
  });

  test('a statement that changes many leaves an event for each, one that changes none leaves none', async () => {
    const { ledger, sql } = tested();
    keepPositions(tested());
    const region = ownRegion();
    const requests = Array.from({ length: 5 }, () => newOnboarding({ region }));
    await ledger.accept(requests);
    await ledger.accept(requests);
    await sql(`update onboarding.onboardings set customer_id = 'by hand' where region = '${region}'`);
    await sql(`update onboarding.onboardings set customer_id = 'by hand' where region = 'nowhere'`);
    const events = await readUntil(tested(), start, (seen) => seen.length >= 10);
    expect(positions(events)).toEqual(following(start, 10));
    expect(new Set(events.slice(5).map(({ onboarding }) => onboarding.id)).size).toBe(5);
  });

  test('both parts of one saved group, what is changed and what is only counted, are there', async () => {
    const { ledger } = tested();
    const [first, one, other] = await Promise.all(
      ['a', 'b', 'c'].map(async () => onboardingIn('accepted', tested())),
    );
    keepPositions(tested());
    // The first goes alone; what comes meanwhile goes together, in one statement.
    await Promise.all([
      ledger.saveRound(roundWrite(first!, 'provisioned')),
      ledger.saveRound(roundWrite(one!, 'provisioned')),
      ledger.saveRound(roundWrite({ ...other!, replays: 7 }, 'provisioned')),
    ]);
    const ends = (await readUntil(tested(), start, (seen) => seen.length >= 6)).slice(3);
    expect(new Map(ends.map(({ onboarding: { id, status, attempts } }) => [id, [status, attempts]]))).toEqual(
      new Map([
        [first!.id, ['provisioned', 1]],
        [one!.id, ['provisioned', 1]],
        [other!.id, ['accepted', 1]],
      ]),
    );
  });

  test('what a transaction took back is no event', async () => {
    const { sql } = tested();
    const { id } = await onboardingIn('accepted', tested());
    keepPositions(tested());
    await readUntil(tested(), start, (seen) => seen.length >= 1);
    await sql(`
      do $$ begin
        update onboarding.onboardings set customer_id = 'never' where id = '${id}';
        raise exception 'no';
      exception when others then null;
      end $$`);
    await sql(`update onboarding.onboardings set lane = 'live' where id = '${id}'`);
    const events = await readUntil(tested(), start, (seen) => seen.length >= 2);
    expect(events.map(({ onboarding }) => onboarding.lane)).toEqual(['bulk', 'live']);
  });

  test('a reader is rung for what comes while it does not wait, and else waits', async () => {
    const { ledger } = tested();
    keepPositions(tested());
    const bell = ledger.events.bell();
    onTestFinished(() => bell.close());
    await ledger.accept([newOnboarding()]);
    await eventually(async () => (await ledger.events.newest()) === start + 1);
    const rung = await Promise.race([
      bell.wait(60_000).then(() => true),
      new Promise((r) => setTimeout(r, 20_000)),
    ]);
    expect(rung).toBe(true);
  });

  test('an event of an onboarding that was deleted since is left out, and reading continues', async () => {
    const { sql } = tested();
    const gone = await onboardingIn('accepted', tested());
    const kept = await onboardingIn('accepted', tested());
    keepPositions(tested());
    await readUntil(tested(), start, (seen) => seen.length >= 2);
    await sql(`delete from onboarding.onboardings where id = '${gone.id}'`);
    const events = await readUntil(tested(), start, (seen) => seen.length >= 1);
    expect(events.map(({ position, onboarding }) => [position, onboarding.id])).toEqual([
      [start + 2, kept.id],
    ]);
  });

  test('what is a day old is deleted from the front; a reader from before is told where to go on', async () => {
    const { ledger, sql } = tested();
    const made: Onboarding[] = [];
    for (let count = 0; count < 4; count += 1) made.push(await onboardingIn('accepted', tested()));
    const stop = keepPositions(tested());
    await readUntil(tested(), start, (seen) => seen.length >= 4);
    await stop();
    await sql(`update onboarding.events set at = now() - interval '23 hours' where position <= ${start + 4}`);
    await sql(`update onboarding.events set at = now() - interval '25 hours' where position <= ${start + 2}`);
    keepPositions(tested());
    await eventually(async () => (await ledger.events.read(start, 1)).kind === 'reset');
    expect(await ledger.events.read(start + 1, 10)).toEqual({ kind: 'reset', position: start + 4 });
    const page = await ledger.events.read(start + 2, 10);
    expect(page).toMatchObject({ kind: 'events', through: start + 4 });
    expect(page.kind === 'events' && page.events.map(({ onboarding }) => onboarding.id)).toEqual(
      made.slice(2).map(({ id }) => id),
    );
    expect(await sql(`select position from onboarding.events where position <= ${start + 2}`)).toEqual([]);
  });

  test('a position that was never given here is none to go on from', async () => {
    expect(await tested().ledger.events.read(start + 1, 10)).toEqual({ kind: 'reset', position: start });
    expect(await tested().ledger.events.read(start, 10)).toEqual({
      kind: 'events',
      events: [],
      through: start,
    });
  });
}
