import { describe, expect, test } from 'vitest';
import {
  alertBody,
  alertChanges,
  alertKey,
  type AlertLook,
  type AlertNews,
  type AlertTopic,
  type LastingAlert,
} from '../../../src/domain/alert.ts';
import type { Region } from '../../../src/domain/region.ts';

const SINCE = '2026-03-01T12:00:00.000Z';
const AT = '2026-03-01T12:05:00.000Z';
const region = 'us-east-1' as Region;
const site = { url: 'https://onboarding.example/', environment: undefined };

const TOPICS: readonly (readonly [AlertTopic, began: string, ended: string, link: string])[] = [
  [
    { about: 'circuit', region, code: 'ExpiredToken' },
    'us-east-1: circuit open: AWS calls stopped, onboardings wait (ExpiredToken).',
    'us-east-1: circuit closed: AWS calls resumed (ExpiredToken).',
    '/regions',
  ],
  [
    { about: 'regionOff', region, code: 'OperationDisabledException' },
    'us-east-1: AWS has switched the Region off, onboardings fail (OperationDisabledException).',
    'us-east-1: the Region works again (OperationDisabledException).',
    '/regions',
  ],
  [
    { about: 'failures', code: 'a b', count: 11 },
    '11 onboardings failed within 15 minutes: a b.',
    'Fewer onboardings fail: a b.',
    '/failures?open=a%20b',
  ],
  [
    { about: 'redis', host: 'host1' },
    'Redis cannot be used from host1: onboardings wait.',
    'Redis can be used again.',
    '/',
  ],
  [
    { about: 'ledger', host: 'host1' },
    'The ledger cannot be used from host1: new onboardings are rejected.',
    'The ledger can be used again.',
    '/',
  ],
  [
    { about: 'endpoint', origin: 'https://hooks.example', reason: 'gone' },
    'Webhook endpoint https://hooks.example disabled: it returned 410.',
    '',
    '/deliveries',
  ],
  [
    { about: 'losses', region, found: '25 of 40 sources were not found' },
    'us-east-1: looks at sources stopped, 25 of 40 sources were not found: confirm or dismiss.',
    'us-east-1: looks at sources resumed by an operator.',
    '/regions',
  ],
];

const textOf = (news: AlertNews, more: { environment?: string } = {}): string =>
  (JSON.parse(alertBody(news, { at: AT, site: { ...site, ...more } })) as { text: string }).text;

describe('a message', () => {
  test.each(TOPICS)('says what happened, since when, and where to look: %o', (topic, began, ended, link) => {
    const url = `https://onboarding.example${link}`;
    expect(textOf({ topic, state: 'began', since: SINCE })).toBe(`${began} Since ${SINCE}.\n${url}`);
    if (ended === '') return;
    expect(textOf({ topic, state: 'ended', since: SINCE })).toBe(`${ended} From ${SINCE} to ${AT}.\n${url}`);
  });

  test('names the environment, and no text of others is a command of the chat', () => {
    const topic: AlertTopic = { about: 'failures', code: '<!channel> & co', count: 11 };
    expect(textOf({ topic, state: 'ended', since: SINCE }, { environment: 'staging' })).toBe(
      `[staging] Fewer onboardings fail: &lt;!channel&gt; &amp; co. From ${SINCE} to ${AT}.\nhttps://onboarding.example/failures?open=%3C!channel%3E%20%26%20co`,
    );
  });

  test('conditions that last side by side have different keys', () => {
    const others: readonly AlertTopic[] = [
      { about: 'circuit', region: 'eu-west-1' as Region, code: 'ExpiredToken' },
      { about: 'failures', code: 'ExpiredToken', count: 1 },
    ];
    const keys = [...TOPICS.map(([topic]) => topic), ...others].map(alertKey);
    expect(new Set(keys).size).toBe(TOPICS.length + others.length);
    expect(alertKey({ about: 'failures', code: 'a b', count: 99 })).toBe(alertKey(TOPICS[2]![0]));
  });
});

describe('what a look changes', () => {
  const quiet: AlertLook = {
    at: AT,
    host: 'host1',
    redis: 'usable',
    circuits: new Map(),
    failures: new Map(),
  };
  const since = Date.parse(SINCE);
  const off = { code: 'OperationDisabled', since };
  const ofRegion: LastingAlert = { topic: { about: 'regionOff', region, code: off.code }, since: SINCE };
  const withRegion = (memory: { off: typeof off | null; lastSuccessAt: number | null }): AlertLook => ({
    ...quiet,
    circuits: new Map([[region, memory]]),
  });

  test('a Region that is off is told until one is provisioned there, not until Redis forgets it', () => {
    const seen = withRegion({ off, lastSuccessAt: since - 1 });
    expect(alertChanges(seen, [], 10)).toEqual({ began: [ofRegion], ended: [] });
    const none = { began: [], ended: [] };
    expect(alertChanges(seen, [ofRegion], 10)).toEqual(none);
    expect(alertChanges(withRegion({ off: null, lastSuccessAt: null }), [ofRegion], 10)).toEqual(none);
    expect(alertChanges(quiet, [ofRegion], 10)).toEqual(none);
    const working = withRegion({ off: null, lastSuccessAt: since + 1 });
    expect(alertChanges(working, [ofRegion], 10)).toEqual({ began: [], ended: [ofRegion] });
  });

  test('failures begin above the number and end at half of it', () => {
    const counts = (count: number): AlertLook => ({ ...quiet, failures: new Map([['X', count]]) });
    const alert: LastingAlert = { topic: { about: 'failures', code: 'X', count: 11 }, since: AT };
    expect(alertChanges(counts(10), [], 10).began).toEqual([]);
    expect(alertChanges(counts(11), [], 10).began).toEqual([alert]);
    expect(alertChanges(counts(500), [alert], 10)).toEqual({ began: [], ended: [] });
    expect(alertChanges(counts(6), [alert], 10).ended).toEqual([]);
    expect(alertChanges(counts(5), [alert], 10).ended).toEqual([alert]);
    expect(alertChanges(quiet, [alert], 0).ended).toEqual([alert]);
    expect(alertChanges(counts(1), [], 0).began).toHaveLength(1);
  });

  test('Redis is told while it is away, by its holder again and again, and ends only when it is usable', () => {
    const away: AlertLook = { ...quiet, redis: { since: SINCE } };
    const alert: LastingAlert = { topic: { about: 'redis', host: 'host1' }, since: SINCE };
    expect(alertChanges(away, [], 10).began).toEqual([alert]);
    expect(alertChanges(away, [alert], 10)).toEqual({ began: [alert], ended: [] });
    expect(alertChanges({ ...quiet, redis: 'unclear' }, [alert], 10)).toEqual({ began: [], ended: [] });
    expect(alertChanges(quiet, [alert], 10)).toEqual({ began: [], ended: [alert] });
  });
});
