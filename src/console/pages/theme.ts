import type { FastifyInstance } from 'fastify';
import { VIEWED } from '../access.ts';
import { setTheme, THEMES } from '../cookies.ts';
import { textIn } from '../query.ts';
import { localPath } from '../local-path.ts';
import { HOME_PATH } from './login.tsx';

/** Keeps the choice of colours in a cookie, so that the next page comes in them. */
export function themeAction(app: FastifyInstance): void {
  app.post('/theme', VIEWED, (request, reply) => {
    setTheme(reply, THEMES.find((theme) => theme === textIn(request.body, 'theme')) ?? 'system');
    return reply.redirect(localPath(textIn(request.body, 'next'), HOME_PATH), 303);
  });
}
