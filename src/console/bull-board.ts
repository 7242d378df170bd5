import { readFile } from 'node:fs/promises';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import { QueueUnavailableError } from '../domain/unavailable.ts';

/** Where the raw queues are shown. */
export const QUEUES_PATH = '/queues';

type RawQueue = ConstructorParameters<typeof BullMQAdapter>[0];

/**
 * Bull Board reads as many jobs as it is asked for into memory, and asks Redis for a page of any number, which ends in an
 * error where Redis has no such index. More than this is read as this.
 */
const MOST = { jobsPerPage: 100, page: 1_000_000 } as const;

/** What it is for, and where the same things can be changed. */
const optionsAt = (basePath: string) => ({
  readOnlyMode: true,
  description: 'Read-only. Use the console to replay, cancel, pause and drain.',
  externalJobUrl: ({ id }: { id?: string | number | null | undefined }) => pageOfJob(String(id), basePath),
});

/** The page of the onboarding that a job carries; its id is that of the onboarding, and the number of the replay. */
export function pageOfJob(jobId: string, basePath: string): { displayText: string; href: string } {
  const [, id] = /^(onb_[0-9a-z]{26})-r[0-9]+$/.exec(jobId) ?? [];
  const list = `${basePath}/onboardings`;
  if (id !== undefined) return { displayText: 'View onboarding in the console', href: `${list}/${id}` };
  return { displayText: 'View onboardings in the console', href: list };
}

const linksAt = (basePath: string) => [
  { text: 'Console: replay and cancel', url: `${basePath}/onboardings` },
  { text: 'Console: pause and drain', url: `${basePath}/regions` },
  { text: 'Console: webhook deliveries', url: `${basePath}/deliveries` },
];

/** Our colors by its names for them: the console's style sheet has the values. */
const TOKENS = {
  background: 'bg',
  foreground: 'text',
  card: 'panel',
  'card-foreground': 'text',
  popover: 'panel',
  'popover-foreground': 'text',
  primary: 'accent',
  'primary-foreground': 'on-color',
  muted: 'sunk',
  'muted-foreground': 'soft',
  border: 'line',
  input: 'line-strong',
  ring: 'accent',
  sidebar: 'panel',
  'sidebar-foreground': 'text',
  'sidebar-border': 'line',
} as const;

async function readTheme(): Promise<Record<'light' | 'dark', Record<string, string>>> {
  const css = await readFile(new URL('./assets/console.css', import.meta.url), 'utf8');
  const colors = new Map(
    [...css.matchAll(/^  --([a-z-]+): light-dark\((#\w+), (#\w+)\);$/gm)].map(
      ([, name, light = '', dark = '']) => [name, { light, dark }],
    ),
  );
  const inScheme = (scheme: 'light' | 'dark') =>
    Object.fromEntries(
      Object.entries(TOKENS).map(([token, name]) => [token, colors.get(name)?.[scheme] ?? '']),
    );
  return { light: inScheme('light'), dark: inScheme('dark') };
}

/** Its page asks a host outside for a font; without it, the system's is shown. */
const WEB_FONT = /<link[^>]*\bhttps:\/\/fonts\.[^>]*>/g;

/** Its own scripts and pictures, and the styles that it writes into the page; nothing from elsewhere, its web font included. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Bull Board over the raw queues. It has no login and its read-only mode only hides buttons, so it is mounted
 * behind the app's tokens, and the app refuses every request under its path that is not a read.
 */
export async function mountBullBoard(
  app: FastifyInstance,
  queues: readonly RawQueue[],
  { title, basePath }: { title: string; basePath: string },
): Promise<void> {
  const adapter = new FastifyAdapter();
  adapter.setBasePath(QUEUES_PATH);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, optionsAt(basePath))),
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: title,
        miscLinks: linksAt(basePath),
        hideDocsLink: true,
        theme: await readTheme(),
      },
    },
  });
  adapter.setErrorHandler(passOn);
  await app.register(
    async (scope) => {
      scope.addHook('preHandler', (request, _reply, done) => {
        const query = request.query as Record<string, unknown>;
        // As text: Bull Board refuses a number in a query.
        for (const [name, most] of Object.entries(MOST))
          if (Number(query[name]) > most) query[name] = String(most);
        done();
      });
      scope.addHook('onSend', (_request, reply, payload) => {
        reply.headers({ 'content-security-policy': PAGE_POLICY, 'cache-control': 'no-store' });
        return Promise.resolve(typeof payload === 'string' ? payload.replace(WEB_FONT, '') : payload);
      });
      await scope.register(adapter.registerPlugin());
    },
    { prefix: QUEUES_PATH },
  );
}

/**
 * Bull Board would answer 500 with the error's own text. Thrown again it reaches the app's handler. It decodes the names
 * of queues itself. All else that it does is read from Redis, so what is no mistake of JavaScript's and no HTTP error is
 * Redis away.
 */
function passOn(error: Error & { statusCode?: number }): never {
  if (error instanceof URIError) throw Object.assign(error, { statusCode: 400 });
  if (error.statusCode !== undefined || error instanceof TypeError || error instanceof RangeError)
    throw error;
  throw new QueueUnavailableError('Could not read the raw queues from Redis.', { cause: error });
}
