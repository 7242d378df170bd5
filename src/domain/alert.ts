import type { CircuitMemory } from './circuit.ts';
import type { Region } from './region.ts';

/** What an operator is alerted to at ALERT_WEBHOOK_URL. */
export type AlertTopic =
  | { readonly about: 'circuit' | 'regionOff'; readonly region: Region; readonly code: string }
  /** `found`: how many of how many sources were not found. */
  | { readonly about: 'losses'; readonly region: Region; readonly found: string }
  /** So many onboardings failed with one code within {@link FAILURES_WITHIN_MS}. */
  | { readonly about: 'failures'; readonly code: string; readonly count: number }
  | { readonly about: 'redis' | 'ledger'; readonly host: string }
  | { readonly about: 'endpoint'; readonly origin: string; readonly reason: 'gone' | 'failing' };

/** One message: a condition began, or ended. */
export interface AlertNews {
  readonly topic: AlertTopic;
  readonly state: 'began' | 'ended';
  /** ISO 8601: when it began. */
  readonly since: string;
}

/** A condition that has been told and lasts. */
export type LastingAlert = Omit<AlertNews, 'state'>;

/** What messages say of the service itself. */
export interface AlertSite {
  /** PUBLIC_URL. */
  readonly url: string;
  /** ENVIRONMENT. */
  readonly environment: string | undefined;
}

export const FAILURES_WITHIN_MS = 900_000;

/** One condition of a key lasts at a time. */
export function alertKey(topic: AlertTopic): string {
  switch (topic.about) {
    case 'circuit':
    case 'regionOff':
    case 'losses':
      return `${topic.about} ${topic.region}`;
    case 'failures':
      return `${topic.about} ${topic.code}`;
    case 'endpoint':
      return `${topic.about} ${topic.origin}`;
    case 'redis':
    case 'ledger':
      return topic.about;
  }
}

/** The message as Slack and its likes take it. @param at ISO 8601: when it happened */
export function alertBody(news: AlertNews, { at, site }: { at: string; site: AlertSite }): string {
  const name = site.environment === undefined ? '' : `[${site.environment}] `;
  const [sentence, path] = described(news);
  const span = news.state === 'began' ? `Since ${news.since}.` : `From ${news.since} to ${at}.`;
  // Slack reads `<…>` as a command, such as a mention of the whole channel.
  const text = `${name}${sentence} ${span}`.replace(/[&<>]/g, (sign) => ESCAPED[sign] ?? sign);
  return JSON.stringify({ text: `${text}\n${site.url.replace(/\/$/, '')}${path}` });
}

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The sentence, and the page of the console that shows more. */
function described({ topic, state }: AlertNews): readonly [string, string] {
  const began = state === 'began';
  switch (topic.about) {
    case 'circuit': {
      const what = began
        ? 'circuit open: AWS calls stopped, onboardings wait'
        : 'circuit closed: AWS calls resumed';
      return [`${topic.region}: ${what} (${topic.code}).`, '/regions'];
    }
    case 'regionOff': {
      const what = began ? 'AWS has switched the Region off, onboardings fail' : 'the Region works again';
      return [`${topic.region}: ${what} (${topic.code}).`, '/regions'];
    }
    case 'losses': {
      const what = began
        ? `looks at sources stopped, ${topic.found}: confirm or dismiss`
        : 'looks at sources resumed by an operator';
      return [`${topic.region}: ${what}.`, '/regions'];
    }
    case 'failures': {
      const what = began
        ? `${topic.count} ${topic.count === 1 ? 'onboarding' : 'onboardings'} failed within 15 minutes: ${topic.code}.`
        : `Fewer onboardings fail: ${topic.code}.`;
      return [what, `/failures?open=${encodeURIComponent(topic.code)}`];
    }
    case 'endpoint': {
      const why = topic.reason === 'gone' ? 'it returned 410' : 'it accepted nothing for days';
      return [`Webhook endpoint ${topic.origin} disabled: ${why}.`, '/deliveries'];
    }
    case 'redis':
      return [
        began ? `Redis cannot be used from ${topic.host}: onboardings wait.` : 'Redis can be used again.',
        '/',
      ];
    case 'ledger':
      return [
        began
          ? `The ledger cannot be used from ${topic.host}: new onboardings are rejected.`
          : 'The ledger can be used again.',
        '/',
      ];
  }
}

/** What one look at the service found. */
export interface AlertLook {
  /** ISO 8601. */
  readonly at: string;
  readonly host: string;
  /** When Redis was first found unusable; `usable`, or `unclear` while that is not certain. */
  readonly redis: 'usable' | 'unclear' | { readonly since: string };
  /** Empty while Redis cannot be read. */
  readonly circuits: ReadonlyMap<Region, Pick<CircuitMemory, 'off' | 'lastSuccessAt'>>;
  /** Of the last {@link FAILURES_WITHIN_MS}, by code. */
  readonly failures: ReadonlyMap<string, number>;
}

export interface AlertChanges {
  /** That of Redis as long as it lasts, so that its holder is known to live. */
  readonly began: readonly LastingAlert[];
  readonly ended: readonly LastingAlert[];
}

/**
 * What began and what ended. A code's failures end at half the number, so that one that stays near it is told once; that a Region
 * is off ends with a success there alone, since Redis may have lost what it knew.
 */
export function alertChanges(
  look: AlertLook,
  lasting: readonly LastingAlert[],
  failuresAbove: number,
): AlertChanges {
  const { at, host, redis, circuits, failures } = look;
  const offs = [...circuits].flatMap(([region, { off }]): LastingAlert[] =>
    off === null
      ? []
      : [
          {
            topic: { about: 'regionOff', region, code: off.code },
            since: new Date(off.since).toISOString(),
          },
        ],
  );
  const many = [...failures].flatMap(([code, count]): LastingAlert[] =>
    count > failuresAbove ? [{ topic: { about: 'failures', code, count }, since: at }] : [],
  );
  const lost: LastingAlert[] =
    typeof redis === 'object' ? [{ topic: { about: 'redis', host }, since: redis.since }] : [];
  const isOver = ({ topic, since }: LastingAlert): boolean => {
    switch (topic.about) {
      case 'redis':
        return redis === 'usable';
      case 'regionOff': {
        const memory = circuits.get(topic.region);
        return memory?.off === null && (memory.lastSuccessAt ?? 0) >= Date.parse(since);
      }
      case 'failures':
        return (failures.get(topic.code) ?? 0) <= failuresAbove / 2;
      case 'circuit':
      case 'losses':
      case 'ledger':
      case 'endpoint':
        return false;
    }
  };
  const known = new Set(lasting.map(({ topic }) => alertKey(topic)));
  const isNew = ({ topic }: LastingAlert): boolean => !known.has(alertKey(topic));
  return { began: [...[...offs, ...many].filter(isNew), ...lost], ended: lasting.filter(isOver) };
}
