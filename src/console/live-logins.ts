import type { Readable } from 'node:stream';
import type { Log } from '../ports.ts';
import type { Logins } from '../runtime/logins.ts';

export interface LiveLoginsDeps {
  readonly logins: Pick<Logins, 'find'>;
  readonly log: Log;
}

/** The logins by which open pages were opened: a page must not follow on once its login has ended. */
export interface LiveLogins {
  /** Undefined: opened by a token, which is good for as long as the process. */
  opened(page: Readable, cookies: string | undefined): void;
  closed(page: Readable): void;
  /** Gives every page to `end` whose login has ended by now. One that cannot be looked up stays. */
  look(end: (page: Readable) => void): Promise<void>;
}

export function createLiveLogins({ logins, log }: LiveLoginsDeps): LiveLogins {
  const cookiesOf = new Map<Readable, string>();
  let isLooking = false;
  return {
    opened(page, cookies) {
      if (cookies !== undefined) cookiesOf.set(page, cookies);
    },
    closed: (page) => void cookiesOf.delete(page),
    async look(end) {
      if (isLooking) return;
      isLooking = true;
      try {
        for (const [page, cookies] of cookiesOf) if ((await logins.find(cookies)).kind === 'none') end(page);
      } catch (error) {
        log.error({ err: error }, 'console.logins_not_checked');
      } finally {
        isLooking = false;
      }
    },
  };
}
