import { request, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { eventually } from './eventually.ts';

export interface ReceivedEvent {
  readonly id: number;
  readonly name: string;
  readonly data: unknown;
}

/** A client of server-sent events that reads by the standard's rules and shows everything that came. */
export interface EventClient {
  readonly response: IncomingMessage;
  /** Events with data, in the order in which they came. */
  readonly events: readonly ReceivedEvent[];
  /** Every line as it came. */
  readonly lines: readonly string[];
  /** As a browser keeps it: also from blocks without data. */
  lastEventId(): string | undefined;
  /** Whether the other side has ended the connection. */
  ended(): boolean;
  /** Ends the connection without a word. */
  kill(): void;
  until(enough: (events: readonly ReceivedEvent[]) => boolean): Promise<readonly ReceivedEvent[]>;
}

export interface EventClientOptions {
  readonly path?: string;
  /** Left out: by the cookie. */
  readonly token?: string;
  readonly cookie?: string;
  readonly lastEventId?: string | undefined;
}

/** Connects, and resolves with the response's head. */
export async function openEventClient(
  url: string,
  { path = '/v1/events', token, cookie, lastEventId }: EventClientOptions,
): Promise<EventClient> {
  const outgoing = request(new URL(path, url), {
    agent: false,
    headers: {
      accept: 'text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(cookie === undefined ? {} : { cookie }),
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject).end();
  });
  outgoing.on('error', () => undefined);
  const lines: string[] = [];
  const events: ReceivedEvent[] = [];
  let rest = '';
  let over = false;
  let last = lastEventId;
  let block = { name: 'message', data: '', id: last };
  const readLine = (line: string): void => {
    lines.push(line);
    const [, field, value = ''] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (field === 'id') block.id = value;
    if (field === 'event') block.name = value;
    if (field === 'data') block.data += value;
    if (line !== '') return;
    // Only now: a block that was cut off counts for nothing, its id included.
    last = block.id;
    if (block.data !== '') events.push({ id: Number(last), name: block.name, data: JSON.parse(block.data) });
    block = { name: 'message', data: '', id: last };
  };
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    parts.forEach(readLine);
  });
  response.on('close', () => (over = true)).on('error', () => (over = true));
  onTestFinished(() => void outgoing.destroy());
  return {
    response,
    events,
    lines,
    lastEventId: () => last,
    ended: () => over,
    kill: () => void outgoing.destroy(),
    until: (enough) => eventually(() => (enough(events) ? events : undefined), { withinMs: 90_000 }),
  };
}

export const onboardingOf = ({ data }: ReceivedEvent): Onboarding => data as Onboarding;
