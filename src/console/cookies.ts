import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cookieValue } from '../runtime/login-cookie.ts';
import { textIn } from './query.ts';
import { localPath, VIEWED } from './security.ts';

/** Small choices that a browser carries; neither identifies a user. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** What the page after an action says, by name: a text in a cookie could be forged. */
export const NOTICES = {
  replayed: 'Queued again with a full retry budget. Progress is in the timeline.',
  cancelled: 'Cancelled permanently. If this was a mistake, onboard the customer again.',
  allCancelled: 'Cancelled all selected onboardings.',
  paused: 'Paused: no AWS calls until the Region is resumed.',
  draining: 'Draining: queued onboardings finish, and nothing new is queued.',
  resumed: 'Resumed: waiting onboardings continue.',
  regionUnchanged: 'No change: the Region was already in this state.',
  deliveriesSentNow: 'All waiting webhooks are sent now.',
  testSent: 'The test event is sent now. Its attempts appear here.',
  deliveryReplayed: 'The webhook will be resent, with a full retry budget.',
  replayStarted: 'Replay started. Later failures are not included.',
  replayCancelled: 'Replay cancelled. Onboardings not queued yet stay failed; queued ones continue.',
  imported: 'Imported. Accepted onboardings are in the queue.',
  checked: 'Looked at AWS just now.',
  checkFailed: 'AWS could not be read. The details show the last known state.',
  checkHeld: 'Not looked at: calls to AWS in this Region are stopped.',
  lossesConfirmed: 'Confirmed: sources that are still missing are reported as lost.',
  lossesDismissed: 'Dismissed: the missing sources are looked at again.',
  loggedOut: 'You are logged out in all windows.',
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

/** Keeps the choice of colors, so that the next page comes in them. */
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
