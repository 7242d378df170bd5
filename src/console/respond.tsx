import type { FastifyRequest } from 'fastify';
import { renderToString } from 'preact-render-to-string';
import { clearNotice, noticeOf, themeOf } from './cookies.ts';
import type { Clock } from '../ports.ts';
import type { Health, PageContext, Respond, Site, Viewer } from './page.ts';
import { PAGE_HEADERS } from './security.ts';
import { Layout } from './views/layout.tsx';

export function createRespond(site: Site, health: () => Health, clock: Clock): Respond {
  return (request, reply, page) => {
    const context: PageContext = {
      site,
      viewer: viewerOf(request),
      health: health(),
      theme: themeOf(request),
      notice: noticeOf(request),
      url: request.url,
      now: clock.now(),
    };
    const html = `<!doctype html>${renderToString(<Layout page={page} context={context} />)}`;
    // A part that a script asks for is not the page that shows it.
    const isWhole = request.headers['x-requested-with'] === undefined;
    if (context.notice !== undefined && isWhole) clearNotice(reply);
    reply
      .code(page.status ?? 200)
      .type('text/html; charset=utf-8')
      .headers(PAGE_HEADERS);
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
