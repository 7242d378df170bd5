import type { FastifyInstance } from 'fastify';
import type { Document } from '../docs/document.ts';
import { docsPage } from '../docs/page.ts';
import { DOCS_STYLE } from '../docs/style.ts';

/** Takes the style sheet from here and nothing else from anywhere; there is no script to run. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE_PATH = '/docs/style.css';

/** The page at `/docs`, for people who read. Open, as the OpenAPI document is: there is nothing in it but the interface. */
export function docsRoutes(app: FastifyInstance, _options: object, done: () => void): void {
  let page: string | undefined;
  app.addHook('onSend', async (_request, reply) => {
    reply.headers({ 'content-security-policy': PAGE_POLICY, 'cache-control': 'public, max-age=300' });
  });
  const route = { config: { access: 'open' }, schema: { hide: true } } as const;
  app.get('/docs', route, (_request, reply) => {
    page ??= docsPage(app.swagger() as unknown as Document, STYLE_PATH);
    return reply.type('text/html; charset=utf-8').send(page);
  });
  app.get(STYLE_PATH, route, (_request, reply) => reply.type('text/css; charset=utf-8').send(DOCS_STYLE));
  done();
}
