/**
 * A service below a path of its host, as PUBLIC_URL says: `/onboard`. Routes, pages and cookies know nothing of it. It is
 * taken off every request that has it, since some proxies leave it there, and put before every address that goes out.
 */
import type { FastifyInstance } from 'fastify';

/** The address of a request as the routes know it. */
export function withoutBasePath(url: string, basePath: string): string {
  if (basePath === '' || !url.startsWith(basePath)) return url;
  const rest = url.slice(basePath.length);
  if (rest.startsWith('/')) return rest;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : url;
}

/** In attributes alone: text and values are escaped, so that no quote of theirs is here. */
const LINKS = / (href|src|action|formaction)="\//gi;

/** Puts the path before what an answer leads to: links of pages, `Location`, and the path of cookies. */
export function registerBasePath(app: FastifyInstance, basePath: string): void {
  if (basePath === '') return;
  app.addHook('onSend', (_request, reply, payload) => {
    const location = reply.getHeader('location');
    if (typeof location === 'string' && location.startsWith('/'))
      reply.header('location', basePath + location);
    const cookies = [reply.getHeader('set-cookie') ?? []].flat().map(String);
    if (cookies.length > 0) {
      reply.removeHeader('set-cookie');
      reply.header(
        'set-cookie',
        cookies.map((cookie) => cookie.replace('; Path=/;', `; Path=${basePath};`)),
      );
    }
    const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
    const linked = isPage && typeof payload === 'string';
    return Promise.resolve(
      linked ? payload.replace(LINKS, (_all, name: string) => ` ${name}="${basePath}/`) : payload,
    );
  });
}
