import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cookieValue } from '../runtime/login-cookie.ts';
import { textIn } from './query.ts';
import { localPath, VIEWED } from './security.ts';

/** Small choices that a browser carries; neither says who somebody is. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** What the page after an action says, by name: a text in a cookie could be anybody's. */
export const NOTICES = {
  replayed: 'Queued again with a full budget. The timeline shows how it goes.',
  cancelled: 'Cancelled, for good. Onboard the customer again if it was a mistake.',
  allCancelled: 'All of them are cancelled.',
  paused: 'Paused: no call goes to AWS there until it is resumed.',
  draining: 'Draining: the queue runs to its end, and nothing new goes into it.',
  resumed: 'Resumed: what waited goes on.',
  regionUnchanged: 'It was so already. Nothing was changed.',
  deliveryReplayed: 'It is sent again, with a full budget of attempts.',
  replayStarted: 'The set is fixed; it goes into the queue from now on.',
  replayCancelled: 'What was not queued yet stays failed. What was queued goes on.',
  loggedOut: 'You are logged out, in every window.',
} as const;
export type Notice = keyof typeof NOTICES;

const THEME = 'onboard-theme';
const NOTICE = 'onboard-notice';
const YEAR_SECONDS = 31_536_000;

export function themeOf(request: FastifyRequest): Theme {
  return THEMES.find((theme) => theme === cookieValue(request.headers.cookie, THEME)) ?? 'system';
}

export function noticeOf(request: FastifyRequest): Notice | undefined {
  return (Object.keys(NOTICES) as Notice[]).find(
    (notice) => notice === cookieValue(request.headers.cookie, NOTICE),
  );
}

/** Keeps the choice of colours, so that the next page comes in them. */
export function themeAction(app: FastifyInstance): void {
  app.post('/theme', VIEWED, (request, reply) => {
    const theme = THEMES.find((one) => one === textIn(request.body, 'theme')) ?? 'system';
    setCookie(reply, `${THEME}=${theme}; Max-Age=${YEAR_SECONDS}`);
    return reply.redirect(localPath(textIn(request.body, 'next')), 303);
  });
}

/** Shown once, by the next page. */
export function setNotice(reply: FastifyReply, notice: Notice): void {
  setCookie(reply, `${NOTICE}=${notice}; Max-Age=60`);
}

export function clearNotice(reply: FastifyReply): void {
  setCookie(reply, `${NOTICE}=; Max-Age=0`);
}

function setCookie(reply: FastifyReply, pair: string): void {
  reply.header('set-cookie', `${pair}; Path=/; SameSite=Lax; HttpOnly`);
}
