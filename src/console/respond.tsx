import type { FastifyReply, FastifyRequest } from 'fastify';
import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { AssetName } from './assets.ts';
import type { Clock } from '../ports.ts';
import { clearNotice, noticeOf, themeOf } from './cookies.ts';
import type { Health } from './health.ts';
import type { Followed } from './live-sources.ts';
import { PAGE_HEADERS } from './security-policy.ts';
import type { Site, Surroundings, Viewer } from './surroundings.ts';
import { Layout } from './views/layout.tsx';

/** A page's own part. */
export interface Page {
  readonly title: string;
  readonly status?: number;
  /** What it shows beside onboardings, whose changes every page is told of. */
  readonly follows?: Followed;
  /** What this page alone loads, in this order. */
  readonly needs?: readonly AssetName[];
  readonly body: (around: Surroundings) => VNode;
}

/** Answers a request with a page in the console's look. */
export type Respond = (request: FastifyRequest, reply: FastifyReply, page: Page) => FastifyReply;

export interface RespondDeps {
  readonly site: Site;
  readonly health: () => Health;
  readonly clock: Pick<Clock, 'now'>;
}

export function createRespond({ site, health, clock }: RespondDeps): Respond {
  return (request, reply, { title, status = 200, follows, needs = [], body }) => {
    const began = performance.now();
    const around: Surroundings = {
      site,
      viewer: viewerOf(request),
      health: health(),
      theme: themeOf(request),
      notice: noticeOf(request),
      url: request.url,
      now: clock.now(),
    };
    const html = `<!doctype html>${renderToString(
      <Layout title={title} around={around} follows={follows} needs={needs}>
        {body(around)}
      </Layout>,
    )}`;
    // A part that a script asks for is not the page that shows it.
    if (around.notice !== undefined && request.headers['hx-request'] === undefined) clearNotice(reply);
    reply.code(status).type('text/html; charset=utf-8').headers(PAGE_HEADERS);
    reply.header('server-timing', `render;dur=${(performance.now() - began).toFixed(1)}`);
    // Never compressed: a page holds a secret (the form's token) beside what the address made it say.
    return reply.send(html);
  };
}

function viewerOf(request: FastifyRequest): Viewer | undefined {
  if (request.actor === '') return undefined;
  const { actor, login, mayOperate } = request;
  const role = login?.token.role ?? (mayOperate ? 'operator' : 'viewer');
  return { actor, role, mayOperate, csrf: login?.csrf ?? '' };
}
