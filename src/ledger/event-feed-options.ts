import type { Clock, Log } from '../ports.ts';
import type { NotificationsListener } from './notifications-listener.ts';

export interface EventFeedOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Bounds and translates a call of the database. */
  readonly bounded: <T>(call: () => Promise<T>) => Promise<T>;
  /** Hears of positions that other processes gave; undefined: there are none. */
  readonly listener?: Pick<NotificationsListener, 'listen'> | undefined;
}
