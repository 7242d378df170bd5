import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../ports.ts';
import { findToken, ROLES, type ApiToken, type Role } from '../runtime/api-token.ts';
import { addressKey } from './client-address.ts';
import { answerNowhere } from './errors.ts';
import { problem, sendProblem } from './problem.ts';
import { createThrottle, type Refusal } from './throttle.ts';

/** What a route lets happen. Roles are sets of these, not a ladder: a viewer may not enqueue, a signup flow not list. */
export type Right = 'enqueue' | 'readOne' | 'view' | 'operate';

const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  signup: ['enqueue', 'readOne'],
  viewer: ['readOne', 'view'],
  operator: ['enqueue', 'readOne', 'view', 'operate'],
  admin: ['enqueue', 'readOne', 'view', 'operate'],
};

/** Who may make a call that asks for this right. */
export const rolesWith = (right: Right): readonly Role[] =>
  ROLES.filter((role) => RIGHTS[role].includes(right));

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `open`: no token is asked for. A route without an access is refused at start. */
    access?: Right | 'open';
  }
  interface FastifyRequest {
    /** The name of the token that called, for the audit log. */
    actor: string;
    /** Hash of the token that called, as it is kept. */
    tokenSha256: string;
    /** Whether the token may look at everything. */
    mayView: boolean;
  }
}

export interface AuthOptions {
  readonly tokens: readonly ApiToken[];
  /** Requests per second that one token may make of this process; 0: any number. */
  readonly ratePerSecond: number;
  readonly readOnlyMounts: readonly string[];
  readonly log: Log;
}

/** Wrong tokens that one address may send before it is told to wait. Right ones are taken all the same. */
const WRONG_TOKENS = { points: 20, seconds: 60 };

/**
 * Checks token, rate and role before the body is read. Under a read-only mount every address needs `view`, known
 * or not, and whatever is not a read is refused.
 */
export function registerAuth(app: FastifyInstance, options: AuthOptions): void {
  const { tokens, ratePerSecond, readOnlyMounts } = options;
  const refuseUnknown = unknownRefuser(options.log);
  const rate = ratePerSecond > 0 ? createThrottle({ points: ratePerSecond, seconds: 1 }) : undefined;
  app.decorateRequest('actor', '');
  app.decorateRequest('tokenSha256', '');
  app.decorateRequest('mayView', false);
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
    if (access === 'open') return;
    // Before the body is read: whoever asks for what is not there has shown no token.
    if (request.is404 && mount === undefined) return answerNowhere(request, reply);
    const presented = presentedToken(request);
    const token = findToken(tokens, presented);
    if (token === undefined) return refuseUnknown(request, reply, { presented, mount });
    const tooFast = await rate?.take(token.sha256);
    if (tooFast !== undefined) return refuseHaste(reply, tooFast);
    if (access === undefined || !RIGHTS[token.role].includes(access)) return refuseRole(reply, token.role);
    if (mount !== undefined && request.method !== 'GET' && request.method !== 'HEAD')
      return refuseWrite(reply);
    request.actor = token.actor;
    request.mayView = RIGHTS[token.role].includes('view');
    request.tokenSha256 = token.sha256;
  });
}

/** Compares the address as sent and the route that it matched: an address can be percent-encoded. */
function isUnder(path: string | undefined, mount: string): boolean {
  return path !== undefined && path.startsWith(mount) && ['', '/', '?'].includes(path.charAt(mount.length));
}

/** `Authorization: Bearer`, and Basic with the token as password, so that a browser can ask for it. Nowhere else. */
function presentedToken(request: FastifyRequest): string {
  const [scheme, credentials = ''] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme?.toLowerCase() === 'bearer') return credentials;
  if (scheme?.toLowerCase() !== 'basic') return '';
  const decoded = Buffer.from(credentials, 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1);
}

type RefuseUnknown = (
  request: FastifyRequest,
  reply: FastifyReply,
  call: { readonly presented: string; readonly mount: string | undefined },
) => Promise<FastifyReply>;

/**
 * Answers 401, and 429 to an address that keeps sending wrong tokens. A request without a token is no guess: it
 * is how a browser finds out that it needs one, where a page is mounted; programs are told the header.
 */
function unknownRefuser(log: Log): RefuseUnknown {
  const wrongTokens = createThrottle(WRONG_TOKENS);
  return async (request, reply, { presented, mount }) => {
    const key = addressKey(request.ip);
    const tooMany = presented === '' ? undefined : await wrongTokens.take(key);
    if (tooMany?.first === true) log.warn({ address: key }, 'http.wrong_tokens');
    if (tooMany !== undefined) return refuseHaste(reply, tooMany);
    reply.header(
      'www-authenticate',
      mount === undefined ? 'Bearer' : 'Basic realm="token as password", charset="UTF-8"',
    );
    const detail = 'Send Authorization: Bearer <token> with a token from API_TOKENS.';
    return sendProblem(reply, problem('unauthenticated', { detail }));
  };
}

function refuseHaste(reply: FastifyReply, { retryAfterSeconds }: Refusal): FastifyReply {
  reply.header('retry-after', retryAfterSeconds);
  const detail = `Send no more for now; try again in ${retryAfterSeconds} s.`;
  return sendProblem(reply, problem('too_many_requests', { detail }));
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
