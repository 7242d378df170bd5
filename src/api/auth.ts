import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findToken, type ApiToken, type Role } from '../runtime/api-token.ts';
import { problem, sendProblem } from './problem.ts';

/** What a route lets happen. Roles are sets of these, not a ladder: a viewer may not enqueue, a signup flow not list. */
export type Right = 'enqueue' | 'readOne' | 'view' | 'operate';

const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  signup: ['enqueue', 'readOne'],
  viewer: ['readOne', 'view'],
  operator: ['enqueue', 'readOne', 'view', 'operate'],
  admin: ['enqueue', 'readOne', 'view', 'operate'],
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `open`: no token is asked for. A route without an access is refused at start. */
    access?: Right | 'open';
  }
  interface FastifyRequest {
    /** The name of the token that called, for the audit log. */
    actor: string;
  }
}

/**
 * Checks token and role before the body is read. Under a read-only mount every address needs `view`, known or
 * not, and whatever is not a read is refused.
 */
export function registerAuth(
  app: FastifyInstance,
  tokens: readonly ApiToken[],
  readOnlyMounts: readonly string[],
): void {
  app.decorateRequest('actor', '');
  app.addHook('onRoute', (route) => {
    if (route.config?.access !== undefined || readOnlyMounts.some((mount) => isUnder(route.url, mount)))
      return;
    throw new Error(`Route ${route.url} does not say who may call it.`);
  });
  app.addHook('onRequest', async (request, reply) => {
    const mount = readOnlyMounts.find(
      (path) => isUnder(request.url, path) || isUnder(request.routeOptions.url, path),
    );
    const access = mount === undefined ? request.routeOptions.config.access : 'view';
    if (access === 'open' || (request.is404 && mount === undefined)) return;
    const token = findToken(tokens, presentedToken(request));
    if (token === undefined) return refuseUnknown(reply, mount);
    if (access === undefined || !RIGHTS[token.role].includes(access)) return refuseRole(reply, token.role);
    if (mount !== undefined && request.method !== 'GET' && request.method !== 'HEAD')
      return refuseWrite(reply);
    request.actor = token.actor;
  });
}

/** Compares the address as sent and the route that it matched: an address can be percent-encoded. */
function isUnder(path: string | undefined, mount: string): boolean {
  return path !== undefined && path.startsWith(mount) && ['', '/', '?'].includes(path.charAt(mount.length));
}

/** `Authorization: Bearer`, and Basic with the token as password, so that a browser can ask for it. */
function presentedToken(request: FastifyRequest): string {
  const [scheme, credentials = ''] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme?.toLowerCase() === 'bearer') return credentials;
  if (scheme?.toLowerCase() !== 'basic') return '';
  const decoded = Buffer.from(credentials, 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1);
}

/** A browser asks its user for a token where a page is mounted; programs are told the header. */
function refuseUnknown(reply: FastifyReply, mount: string | undefined): FastifyReply {
  reply.header(
    'www-authenticate',
    mount === undefined ? 'Bearer' : 'Basic realm="token as password", charset="UTF-8"',
  );
  return sendProblem(
    reply,
    problem('unauthenticated', {
      detail: 'Send Authorization: Bearer <token> with a token from API_TOKENS.',
    }),
  );
}

function refuseRole(reply: FastifyReply, role: Role): FastifyReply {
  return sendProblem(reply, problem('forbidden', { detail: `The role ${role} does not include this call.` }));
}

function refuseWrite(reply: FastifyReply): FastifyReply {
  reply.header('allow', 'GET, HEAD');
  return sendProblem(
    reply,
    problem('method_not_allowed', {
      detail: 'The raw queues are read-only; replay an onboarding through /v1/onboardings.',
    }),
  );
}
