import type { FastifyRequest } from 'fastify';

export const CSRF_FIELD = 'csrf';
/** For scripts, which send no form. */
const CSRF_HEADER = 'x-csrf-token';

/** Whether a call was made from a page that we gave to this login. A token in a header is nothing a browser sends by itself. */
export function carriesCsrf(request: FastifyRequest): boolean {
  if (request.login === null) return true;
  const { [CSRF_FIELD]: field } = (request.body ?? {}) as Record<string, unknown>;
  return [field, request.headers[CSRF_HEADER]].includes(request.login.csrf);
}
