import type { FastifyInstance } from 'fastify';

const FORM_MAX_BYTES = 32_768;

/** Reads what a form sends, and nothing else; of a field that comes twice the last one counts. */
export function registerFormBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_MAX_BYTES },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
}
