import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { createPlaces } from '../runtime/places.ts';
import type { Health } from './page.ts';
import { problemPage } from './pages/problem.tsx';
import type { PagesDeps } from './deps.ts';
import { VIEWED } from './security.ts';

/** One open page each; more are turned away, and go on trying. */
const PAGES_MAX = 500;
/** People may share a token, and no one may keep all others out. */
const PAGES_PER_TOKEN = 100;
/** However much changes: a page looks again at most so often. */
const TELL_EVERY_MS = 500;
/** At the health of the parts, and at logins: a page whose login has ended may follow on for so long. */
const LOOK_EVERY_MS = 2_000;
const COMMENT_EVERY_MS = 15_000;

/**
 * Tells open pages that an onboarding has changed, and what is down; they then refetch their live parts, which works for
 * every filter. One follower of the feed serves all. Pages that show more than onboardings poll: `data-refresh`.
 */
export function liveRoute(app: FastifyInstance, deps: PagesDeps): void {
  const openPage = createLivePages(deps);
  app.get('/live', { ...VIEWED, exposeHeadRoute: false }, (request, reply) => {
    const cookies = request.login === null ? undefined : request.headers.cookie;
    const page = openPage(request.tokenSha256, cookies);
    if (typeof page === 'string') {
      reply.header('retry-after', 30);
      const [title, detail] = ['Too many live pages', TOO_MANY[page]];
      const problem = { status: 429, code: 'too_many_requests', title, detail };
      return deps.respond(request, reply, problemPage(problem, request.url));
    }
    return reply
      .type('text/event-stream; charset=utf-8')
      .headers({ connection: 'close', 'x-accel-buffering': 'no' })
      .send(page);
  });
}

const TOO_MANY = {
  allAreTaken: `This process updates at most ${PAGES_MAX} open pages. Close some, or try again later.`,
  holderHasEnough: `This process updates at most ${PAGES_PER_TOKEN} open pages per token. Close some of them.`,
};

/**
 * What opens a page. Its `holder` is whose place it takes; `cookies` are those of its login, undefined where it was
 * opened by a token, which is good for as long as the process.
 */
type OpenPage = (holder: string, cookies: string | undefined) => Readable | keyof typeof TOO_MANY;

function createLivePages({ following, health, access, operator }: PagesDeps): OpenPage {
  const { log, stopping } = operator;
  const places = createPlaces({ inAll: PAGES_MAX, perHolder: PAGES_PER_TOKEN });
  /** Those that are told, with the cookies of their logins. */
  const pages = new Map<Readable, string | undefined>();
  let changed = false;
  let told: Health | undefined;
  let stop = (): void => undefined;
  const say = (frame: string): void => pages.forEach((_, page) => page.push(frame));
  const change = (): void => void (changed = true);
  const start = (): void => {
    const leave = following.follow({ begins: () => undefined, events: change, reset: change });
    const timers = [
      setInterval(() => {
        if (changed) say('event: change\ndata: {}\n\n');
        changed = false;
      }, TELL_EVERY_MS),
      setInterval(() => {
        void endLoggedOut().catch(notChecked);
        const now = health();
        if (JSON.stringify(now) !== JSON.stringify(told)) say(healthFrame(now));
        told = now;
      }, LOOK_EVERY_MS),
      setInterval(() => say(':\n\n'), COMMENT_EVERY_MS),
    ].map((timer) => timer.unref());
    stop = () => {
      leave();
      timers.forEach(clearInterval);
    };
  };
  const forget = (page: Readable): void => {
    if (pages.delete(page) && pages.size === 0) stop();
  };
  const end = (page: Readable): void => {
    // Nothing may be said after the end.
    forget(page);
    // One that does not take what it was told is not waited for.
    if (page.readableLength === 0) page.push(null);
    else page.destroy();
  };
  const endLoggedOut = async (): Promise<void> => {
    for (const [page, cookies] of pages)
      if (cookies !== undefined && (await access.logins.find(cookies)).kind === 'none') end(page);
  };
  const notChecked = (error: unknown): void => log.error({ err: error }, 'console.logins_not_checked');
  stopping.addEventListener('abort', () => pages.forEach((_, page) => end(page)), { once: true });
  return (holder, cookies) => {
    const place = stopping.aborted ? 'allAreTaken' : places.take(holder);
    if (place !== 'taken') return place;
    const page = new Readable({ read: () => undefined });
    page.push(`retry: 2000\n${healthFrame(health())}`);
    if (pages.size === 0) start();
    pages.set(page, cookies);
    page.once('close', () => {
      places.giveBack(holder);
      forget(page);
    });
    return page;
  };
}

const healthFrame = (health: Health): string => `event: health\ndata: ${JSON.stringify(health)}\n\n`;
