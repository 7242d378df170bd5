import { Socket } from 'node:net';
import { Client } from 'pg';
import type { Log } from '../../ports.ts';
import { messageOf } from './unreachable.ts';

/**
 * LISTEN on Postgres, over one connection for any number of channels, opened for the first and reconnected while open; it never
 * keeps the process alive. A notification is a hint: some are lost with a connection, and behind a transaction pooler none
 * arrives, so listeners also poll.
 */
export interface NotificationsListener {
  /**
   * Calls `wake` at every notification on the channel, and whenever listening has begun or begun again, since there
   * may have been some before. `wake` gets nothing and must not throw. @param channel small letters and `_`
   * @returns ends it
   */
  listen(channel: string, wake: () => void): () => void;
  /** Permanent; nothing is called any more. */
  close(): void;
}

export interface NotificationsListenerOptions {
  readonly url: string;
  /** What the server's lists of sessions show, before ` listener`; default `onboard`. */
  readonly name?: string | undefined;
  readonly log: Log;
  /** How often a connection on which nothing comes is asked whether it lives. */
  readonly checkEveryMs?: number;
  /** Bound on one answer of the server, the connection included. */
  readonly answerWithinMs?: number;
}

const CHECK_EVERY_MS = 15_000;
const ANSWER_WITHIN_MS = 5_000;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 10_000;
/** Goes into a statement as it is: LISTEN takes no parameter. */
const CHANNEL = /^[a-z_]{1,63}$/;

export function openNotificationsListener(options: NotificationsListenerOptions): NotificationsListener {
  const { log } = options;
  const wakes = new Map<string, Set<() => void>>();
  let link: Link | undefined;
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  const wake = (channel: string): void => wakes.get(channel)?.forEach((call) => call());
  const begun = (channel: string): void => {
    if (failures > 0) log.info({ failures }, 'ledger.notifications_back');
    failures = 0;
    wake(channel);
  };
  const lost = (error: unknown): void => {
    link = undefined;
    if (failures === 0) log.warn({ error_message: messageOf(error) }, 'ledger.notifications_lost');
    const waitMs = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(failures, 10));
    failures += 1;
    // Processes that lost the same server do not come back in the same instant.
    retry = setTimeout(connect, waitMs * (0.5 + Math.random() / 2)).unref();
  };
  const connect = (): void => {
    link = openLink(options, { lost, begun, notified: wake, channels: () => wakes.keys() });
  };

  return {
    listen(channel, call) {
      if (!CHANNEL.test(channel)) throw new Error(`Not a channel: ${channel}`);
      if (closed) throw new Error('The listener is closed.');
      const calls = wakes.get(channel) ?? new Set();
      wakes.set(channel, calls.add(call));
      if (link === undefined && failures === 0) connect();
      else link?.listen(channel);
      return () => calls.delete(call);
    },
    close() {
      closed = true;
      clearTimeout(retry);
      link?.end();
      wakes.clear();
    },
  };
}

/** One connection, from being opened to being lost. */
interface Link {
  /** Listens to the channel too, or says again that it has begun; nothing happens before it is connected. */
  listen(channel: string): void;
  /** Ends it without a word. */
  end(): void;
}

interface LinkEvents {
  readonly channels: () => Iterable<string>;
  readonly begun: (channel: string) => void;
  readonly notified: (channel: string) => void;
  /** Once, and the last that is heard of it. */
  readonly lost: (error: unknown) => void;
}

function openLink(
  {
    url,
    name = 'onboard',
    checkEveryMs = CHECK_EVERY_MS,
    answerWithinMs = ANSWER_WITHIN_MS,
  }: NotificationsListenerOptions,
  { channels, begun, notified, lost }: LinkEvents,
): Link {
  // TLS is spoken through this same socket, so that it alone has to be let go.
  const socket = new Socket().unref();
  const client = new Client({
    connectionString: url,
    application_name: `${name} listener`,
    connectionTimeoutMillis: answerWithinMs,
    query_timeout: answerWithinMs,
    keepAlive: true,
    stream: () => socket,
  });
  let state: 'connecting' | 'connected' | 'ended' = 'connecting';
  let last: Promise<unknown> = Promise.resolve();

  const isLive = (): boolean => state === 'connected';
  const end = (): void => {
    state = 'ended';
    clearInterval(check);
    // A server that does not answer does not answer a farewell either.
    socket.destroy();
  };
  const lose = (error: unknown): void => {
    if (state === 'ended') return;
    end();
    lost(error);
  };
  // One statement at a time: pg is about to refuse a second one.
  const ask = (statement: string, answered = (): void => undefined): void => {
    last = last
      .then(async () => {
        if (!isLive()) return;
        await client.query(statement);
        if (isLive()) answered();
      })
      .catch(lose);
  };
  const listen = (channel: string): void => ask(`listen "${channel}"`, () => begun(channel));
  const check = setInterval(() => ask('select 1'), checkEveryMs).unref();
  client.on('error', lose);
  client.on('end', () => lose(new Error('the connection was closed')));
  client.on('notification', ({ channel }) => {
    if (isLive()) notified(channel);
  });
  client.connect().then(() => {
    if (state === 'ended') return;
    state = 'connected';
    for (const channel of channels()) listen(channel);
  }, lose);
  return { listen, end };
}
