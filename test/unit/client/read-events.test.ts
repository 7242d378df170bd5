import { describe, expect, test } from 'vitest';
import { OnboardingClient } from '../../../src/client/onboarding-client.ts';
import type { FeedEvent } from '../../../src/client/read-events.ts';
import { onboardingJson, startScriptedApi, type Scripted } from '../../support/scripted-api.ts';

const sent = (id: number, more = {}) =>
  `id: ${id}\nevent: onboarding\ndata: ${JSON.stringify(onboardingJson(more))}\n\n`;
/** Makes the reader come back at once. */
const QUICK = 'retry: 1\n: hello\n\n';
const stream = (then: 'hold' | 'end', ...parts: readonly (string | Uint8Array)[]): Scripted => ({
  events: { parts: [QUICK, ...parts], then },
});

/** Reads so many events, and leaves. */
async function take(events: AsyncIterable<FeedEvent>, count: number): Promise<FeedEvent[]> {
  const taken: FeedEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

describe('events', () => {
  test('come as onboardings with their ids', async () => {
    const api = await startScriptedApi(() => stream('hold', sent(1), sent(2, { status: 'provisioned' })));
    const client = new OnboardingClient({ url: `${api.url}/base`, token: 'viewer-0123456789' });
    expect(await take(client.events(), 2)).toEqual([
      { kind: 'onboarding', id: '1', onboarding: onboardingJson() },
      { kind: 'onboarding', id: '2', onboarding: onboardingJson({ status: 'provisioned' }) },
    ]);
    expect(api.received).toMatchObject([
      {
        method: 'GET',
        url: '/base/v1/events',
        headers: { accept: 'text/event-stream', authorization: 'Bearer viewer-0123456789' },
      },
    ]);
    expect(api.received[0]!.headers['last-event-id']).toBeUndefined();
  });

  test('a letter that is cut in two between chunks stays whole', async () => {
    const bytes = new TextEncoder().encode(sent(1, { customerId: 'Łódź-漢😀' }));
    const api = await startScriptedApi(() =>
      stream('hold', ...Array.from(bytes, (byte) => Uint8Array.of(byte))),
    );
    const [event] = await take(new OnboardingClient({ url: api.url }).events(), 1);
    expect(event).toMatchObject({ onboarding: { customerId: 'Łódź-漢😀' } });
  });

  test('a line that is cut is taken up behind the last event, however it was cut', async () => {
    const lines: Scripted[] = [
      stream('end', sent(4), sent(5)),
      { lost: true },
      { status: 503, body: '<html>' },
      // The half of an event is none: it comes again, whole.
      stream('end', 'id: 6\nevent: onboarding\ndata: {"id"'),
      stream('hold', sent(6)),
    ];
    const api = await startScriptedApi((_request, count) => lines[count]);
    const cuts: string[] = [];
    const events = new OnboardingClient({ url: api.url }).events({
      lastEventId: '3',
      onCut: (error) => cuts.push(error.kind),
    });
    expect((await take(events, 3)).map((event) => 'id' in event && event.id)).toEqual(['4', '5', '6']);
    expect(api.received.map(({ headers }) => headers['last-event-id'])).toEqual(['3', '5', '5', '5', '5']);
    expect(cuts).toEqual(['unreachable', 'unreachable', 'unreadable', 'unreachable']);
  });

  test('a line on which nothing comes counts as cut', async () => {
    const api = await startScriptedApi((_request, count) =>
      count === 0 ? stream('hold') : stream('hold', sent(1)),
    );
    const cuts: unknown[] = [];
    const events = new OnboardingClient({ url: api.url }).events({
      silenceMs: 100,
      onCut: (error) => cuts.push(error),
    });
    expect(await take(events, 1)).toMatchObject([{ id: '1' }]);
    expect(cuts).toMatchObject([{ kind: 'unreachable', cause: { message: 'No data for 100 ms' } }]);
  });

  test('a reset is told, and the feed continues behind it', async () => {
    const lines = [stream('end', 'event: reset\nid: 90\ndata: {}\n\n'), stream('hold', sent(91))];
    const api = await startScriptedApi((_request, count) => lines[count]);
    const events = new OnboardingClient({ url: api.url }).events({ lastEventId: '7' });
    expect(await take(events, 2)).toMatchObject([
      { kind: 'reset', id: '90' },
      { kind: 'onboarding', id: '91' },
    ]);
    expect(api.received.map(({ headers }) => headers['last-event-id'])).toEqual(['7', '90']);
  });

  test('an id without an event moves the place from which it resumes', async () => {
    const lines = [stream('end', sent(8), ': position\nid: 40\n\n'), stream('hold', sent(41))];
    const api = await startScriptedApi((_request, count) => lines[count]);
    const events = new OnboardingClient({ url: api.url }).events({ region: 'eu-west-1', status: 'failed' });
    expect(await take(events, 2)).toMatchObject([{ id: '8' }, { id: '41' }]);
    expect(api.received.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '40']);
    expect(api.received[1]!.url).toBe('/v1/events?region=eu-west-1&status=failed');
  });

  test('events of a kind that is not known yet are passed over, but not forgotten', async () => {
    const lines = [stream('end', 'event: weather\nid: 8\ndata: rain\n\n'), stream('hold', sent(9))];
    const api = await startScriptedApi((_request, count) => lines[count]);
    expect(await take(new OnboardingClient({ url: api.url }).events(), 1)).toMatchObject([{ id: '9' }]);
    expect(api.received[1]!.headers['last-event-id']).toBe('8');
  });

  test.each([
    [
      'a token that may not',
      { status: 403, body: { status: 403, code: 'forbidden', detail: 'No.' } },
      'problem',
    ],
    ['a service without a feed', { status: 404, body: '<html>' }, 'unreadable'],
    ['a page instead of the feed', { status: 200, body: '<html>' }, 'unreadable'],
    ['an event that is no JSON', stream('hold', 'event: onboarding\ndata: {\n\n'), 'unreadable'],
  ] satisfies [string, Scripted, string][])('%s ends it, and is told', async (_what, scripted, kind) => {
    const api = await startScriptedApi(() => scripted);
    const events = await take(new OnboardingClient({ url: api.url }).events(), 9);
    expect(events).toMatchObject([{ kind: 'failed', error: { kind } }]);
    expect(api.received).toHaveLength(1);
  });

  test('an abort ends it without a word, while it reads and while it waits', async () => {
    for (const line of [
      stream('hold', sent(1)),
      { events: { parts: [sent(1)], then: 'end' } } satisfies Scripted,
    ]) {
      const api = await startScriptedApi(() => line);
      const stop = new AbortController();
      const seen: FeedEvent[] = [];
      const client = new OnboardingClient({ url: api.url });
      for await (const event of client.events({ signal: stop.signal, onCut: () => stop.abort() })) {
        seen.push(event);
        if (line.events?.then === 'hold') setTimeout(() => stop.abort(), 20);
      }
      expect(seen).toMatchObject([{ kind: 'onboarding', id: '1' }]);
    }
  });

  test('who leaves the loop closes the line', async () => {
    let closed: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (closed = resolve));
    const api = await startScriptedApi(() => stream('hold', sent(1)));
    const client = new OnboardingClient({
      url: api.url,
      fetch: (input, init) => {
        init?.signal?.addEventListener('abort', () => closed());
        return fetch(input, init);
      },
    });
    await take(client.events(), 1);
    await ended;
  });
});
