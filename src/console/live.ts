import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Following } from '../operations/following.ts';
import type { Health } from './health.ts';

export interface LiveDeps {
  readonly following: Following;
  readonly health: () => Health;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
}

/** One open page each; more would be turned away, and show `static`. */
const PAGES_MAX = 500;
/** However much changes: a page looks again at most so often. */
const TELL_EVERY_MS = 500;
const HEALTH_EVERY_MS = 2_000;
const COMMENT_EVERY_MS = 15_000;

/**
 * Tells open pages that something has changed, and what is down; they then fetch their live parts again, which holds
 * for whatever they filter by and for whatever they missed. One follower of the feed serves all of them.
 */
export function liveRoute(app: FastifyInstance, deps: LiveDeps): void {
  const pages = createLivePages(deps);
  app.get(
    '/live',
    { config: { access: 'view', page: true }, schema: { hide: true }, exposeHeadRoute: false },
    (_request, reply) => {
      const body = pages.open();
      if (body === undefined) return reply.code(503).header('retry-after', 30).send();
      return reply
        .type('text/event-stream; charset=utf-8')
        .headers({ connection: 'close', 'x-accel-buffering': 'no' })
        .send(body);
    },
  );
}

function createLivePages({ following, health, stopping }: LiveDeps): { open(): Readable | undefined } {
  const pages = new Set<Readable>();
  let changed = false;
  let told: Health | undefined;
  let stop = (): void => undefined;
  const say = (frame: string): void => pages.forEach((page) => page.push(frame));
  const change = (): void => {
    changed = true;
  };
  const start = (): void => {
    const leave = following.follow({ begins: () => undefined, events: change, reset: change });
    const timers = [
      setInterval(() => {
        if (changed) say('event: change\ndata: {}\n\n');
        changed = false;
      }, TELL_EVERY_MS),
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
  stopping.addEventListener('abort', () => pages.forEach((page) => page.push(null)), { once: true });
  return {
    open() {
      if (pages.size >= PAGES_MAX || stopping.aborted) return undefined;
      const page = new Readable({ read: () => undefined });
      page.push(`retry: 2000\n${healthFrame(health())}`);
      if (pages.size === 0) start();
      pages.add(page);
      page.once('close', () => {
        pages.delete(page);
        if (pages.size === 0) stop();
      });
      return page;
    },
  };
}

const healthFrame = (health: Health): string => `event: health\ndata: ${JSON.stringify(health)}\n\n`;
