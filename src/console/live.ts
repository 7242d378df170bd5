import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Following } from '../operations/following.ts';
import type { Health } from './health.ts';
import { FOLLOWED, type Followed, type HasChanged } from './live-sources.ts';
import { textIn } from './query.ts';

export interface LiveDeps {
  readonly following: Following;
  readonly health: () => Health;
  readonly hasChanged: HasChanged;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
}

/** One open page each; more would be turned away, and show `static`. */
const PAGES_MAX = 500;
/** However much changes: a page looks again at most so often. */
const TELL_EVERY_MS = 500;
/** How often is looked at what no event tells of, while a page shows it. */
const LOOK_EVERY_MS = 1_000;
const HEALTH_EVERY_MS = 2_000;
const COMMENT_EVERY_MS = 15_000;

/**
 * Tells open pages that something has changed, and what is down; they then fetch their live parts again, which holds
 * for whatever they filter by and for whatever they missed. One follower of the feed serves all of them. A page that
 * shows what the feed does not tell of says so with `of`.
 */
export function liveRoute(app: FastifyInstance, deps: LiveDeps): void {
  const pages = createLivePages(deps);
  app.get(
    '/live',
    { config: { access: 'view', page: true }, schema: { hide: true }, exposeHeadRoute: false },
    (request, reply) => {
      const of = textIn(request.query, 'of');
      const body = pages.open(FOLLOWED.find((one) => one === of));
      if (body === undefined) return reply.code(503).header('retry-after', 30).send();
      return reply
        .type('text/event-stream; charset=utf-8')
        .headers({ connection: 'close', 'x-accel-buffering': 'no' })
        .send(body);
    },
  );
}

const CHANGE = 'event: change\ndata: {}\n\n';

function createLivePages({ following, health, hasChanged, stopping }: LiveDeps): {
  open(followed: Followed | undefined): Readable | undefined;
} {
  const pages = new Map<Readable, Followed | undefined>();
  let changed = false;
  let told: Health | undefined;
  let stop = (): void => undefined;
  const say = (frame: string): void => pages.forEach((_, page) => page.push(frame));
  const change = (): void => {
    changed = true;
  };
  const watched = createWatched(pages, hasChanged);
  const start = (): void => {
    const leave = following.follow({ begins: () => undefined, events: change, reset: change });
    const timers = [
      setInterval(() => {
        if (changed) say(CHANGE);
        changed = false;
      }, TELL_EVERY_MS),
      setInterval(watched.look, LOOK_EVERY_MS),
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
  stopping.addEventListener('abort', () => pages.forEach((_, page) => page.push(null)), { once: true });
  return {
    open(followed) {
      if (pages.size >= PAGES_MAX || stopping.aborted) return undefined;
      const page = new Readable({ read: () => undefined });
      page.push(`retry: 2000\n${healthFrame(health())}`);
      if (pages.size === 0) start();
      pages.set(page, followed);
      watched.opened(page);
      page.once('close', () => {
        pages.delete(page);
        watched.closed(page);
        if (pages.size === 0) stop();
      });
      return page;
    },
  };
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
