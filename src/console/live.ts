import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Following } from '../operations/following.ts';
import { createPlaces } from '../runtime/places.ts';
import type { Health } from './health.ts';
import { FOLLOWED, type Followed, type HasChanged } from './live-sources.ts';
import { problemPage, type ShownProblem } from './pages/problem.tsx';
import { textIn } from './query.ts';
import type { Respond } from './page.ts';
import { VIEWED } from './security.ts';
import type { Log } from '../ports.ts';
import type { Logins } from '../runtime/logins.ts';

export interface LiveDeps extends LiveLoginsDeps {
  readonly following: Following;
  readonly health: () => Health;
  readonly hasChanged: HasChanged;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
  readonly respond: Respond;
}

/** One open page each; more are turned away, and go on trying. */
const PAGES_MAX = 500;
/** People may share a token, and nobody is to keep all others out. */
const PAGES_PER_TOKEN = 100;
/** However much changes: a page looks again at most so often. */
const TELL_EVERY_MS = 500;
/** How often is looked at what no event tells of, while a page shows it. */
const LOOK_EVERY_MS = 1_000;
const HEALTH_EVERY_MS = 2_000;
/** A page whose login has ended may follow on for so long. */
const LOGINS_EVERY_MS = 2_000;
const COMMENT_EVERY_MS = 15_000;

/**
 * Tells open pages that something has changed, and what is down; they then fetch their live parts again, which holds
 * for whatever they filter by and for whatever they missed. One follower of the feed serves all of them. A page that
 * shows what the feed does not tell of says so with `of`.
 */
export function liveRoute(app: FastifyInstance, deps: LiveDeps): void {
  const pages = createLivePages(deps);
  app.get('/live', { ...VIEWED, exposeHeadRoute: false }, (request, reply) => {
    const of = textIn(request.query, 'of');
    const opened = pages.open({
      followed: FOLLOWED.find((one) => one === of),
      holder: request.tokenSha256,
      cookies: request.login === null ? undefined : request.headers.cookie,
    });
    if (opened.kind !== 'open') {
      reply.header('retry-after', 30);
      return deps.respond(request, reply, problemPage(TOO_MANY[opened.kind], request.url));
    }
    return reply
      .type('text/event-stream; charset=utf-8')
      .headers({ connection: 'close', 'x-accel-buffering': 'no' })
      .send(opened.page);
  });
}

const CHANGE = 'event: change\ndata: {}\n\n';

const tooMany = (detail: string): ShownProblem => ({
  status: 429,
  code: 'too_many_requests',
  title: 'Too many pages follow',
  detail,
});

const TOO_MANY = {
  full: tooMany(`This process tells ${PAGES_MAX} open pages, and no more. Close some, or try again later.`),
  holderFull: tooMany(
    `${PAGES_PER_TOKEN} open pages of this token are told by this process, and no more. Close some of them.`,
  ),
};

interface PageRequest {
  readonly followed: Followed | undefined;
  /** Whose place it takes. */
  readonly holder: string;
  /** Those of the login; undefined: there is none. */
  readonly cookies: string | undefined;
}

type OpenedPage =
  { readonly kind: 'open'; readonly page: Readable } | { readonly kind: 'full' | 'holderFull' };

function createLivePages({ following, health, hasChanged, stopping, ...deps }: LiveDeps): {
  open(request: PageRequest): OpenedPage;
} {
  const places = createPlaces({ inAll: PAGES_MAX, perHolder: PAGES_PER_TOKEN });
  const logins = createLiveLogins(deps);
  const pages = new Map<Readable, Followed | undefined>();
  /** With those that are ended and not closed yet. */
  let open = 0;
  let changed = false;
  let told: Health | undefined;
  let stop = (): void => undefined;
  const say = (frame: string): void => pages.forEach((_, page) => page.push(frame));
  const change = (): void => void (changed = true);
  const watched = createWatched(pages, hasChanged);
  const end = (page: Readable): void => endPage(page, pages);
  const start = (): void => {
    const leave = following.follow({ begins: () => undefined, events: change, reset: change });
    const timers = [
      setInterval(() => {
        if (changed) say(CHANGE);
        changed = false;
      }, TELL_EVERY_MS),
      setInterval(watched.look, LOOK_EVERY_MS),
      setInterval(() => void logins.look(end), LOGINS_EVERY_MS),
      setInterval(() => {
        const now = health();
        if (JSON.stringify(now) !== JSON.stringify(told)) say(healthFrame(now));
        told = now;
      }, HEALTH_EVERY_MS),
      setInterval(() => say(':\n\n'), COMMENT_EVERY_MS),
    ].map((timer) => timer.unref());
    stop = () => {
      leave();
      timers.forEach(clearInterval);
    };
  };
  stopping.addEventListener('abort', () => pages.forEach((_, page) => end(page)), { once: true });
  return {
    open({ followed, holder, cookies }) {
      const place = stopping.aborted ? 'allAreTaken' : places.take(holder);
      if (place !== 'taken') return { kind: place === 'allAreTaken' ? 'full' : 'holderFull' };
      const page = new Readable({ read: () => undefined });
      page.push(`retry: 2000\n${healthFrame(health())}`);
      if (open === 0) start();
      open += 1;
      pages.set(page, followed);
      watched.opened(page);
      logins.opened(page, cookies);
      page.once('close', () => {
        places.giveBack(holder);
        pages.delete(page);
        watched.closed(page);
        logins.closed(page);
        open -= 1;
        if (open === 0) stop();
      });
      return { kind: 'open', page };
    },
  };
}

function endPage(page: Readable, pages: Map<Readable, unknown>): void {
  // Nothing may be said after the end.
  pages.delete(page);
  // One that does not take what it was told is not waited for.
  if (page.readableLength === 0) page.push(null);
  else page.destroy();
}

/** Looks at what no event tells of, of each kind that an open page shows, and tells those pages when it has changed. */
function createWatched(
  pages: ReadonlyMap<Readable, Followed | undefined>,
  hasChanged: HasChanged,
): Readonly<Record<'opened' | 'closed', (page: Readable) => void>> & { readonly look: () => void } {
  // Opened since the last look: what changed between their making and their opening was told to nobody.
  const unseen = new Set<Readable>();
  const looking = new Set<Followed>();
  const lookAt = async (followed: Followed): Promise<void> => {
    if (looking.has(followed)) return;
    looking.add(followed);
    const isNew = await hasChanged(followed);
    looking.delete(followed);
    for (const [page, shown] of pages) {
      if (shown !== followed) continue;
      const isFirst = unseen.delete(page);
      if (isNew || isFirst) page.push(CHANGE);
    }
  };
  return {
    opened: (page) => unseen.add(page),
    closed: (page) => unseen.delete(page),
    look() {
      const shown = new Set(pages.values());
      for (const followed of FOLLOWED) if (shown.has(followed)) void lookAt(followed);
    },
  };
}

const healthFrame = (health: Health): string => `event: health\ndata: ${JSON.stringify(health)}\n\n`;

interface LiveLoginsDeps {
  readonly logins: Pick<Logins, 'find'>;
  readonly log: Log;
}

/** The logins by which open pages were opened: a page must not follow on once its login has ended. */
interface LiveLogins {
  /** Undefined: opened by a token, which is good for as long as the process. */
  opened(page: Readable, cookies: string | undefined): void;
  closed(page: Readable): void;
  /** Gives every page to `end` whose login has ended by now. One that cannot be looked up stays. */
  look(end: (page: Readable) => void): Promise<void>;
}

function createLiveLogins({ logins, log }: LiveLoginsDeps): LiveLogins {
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
