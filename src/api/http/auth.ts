import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findToken, ROLES, type ApiToken, type Role } from '../../runtime/api-token.ts';
import type { Login, Logins } from '../../runtime/logins.ts';
import { clientAddress } from './client-address.ts';
import { answerProblem, nowhere, problem, type Problem, type ProblemPages } from './problem.ts';
import type { RateLimits, Refusal } from './rate-limits.ts';

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
    /** Whether the token may act. */
    mayOperate: boolean;
    /** The login that called; null where a token came in a header. */
    login: Login | null;
  }
}

export interface AuthOptions {
  readonly access: {
    readonly tokens: readonly ApiToken[];
    readonly logins: Pick<Logins, 'find'>;
    readonly rateLimits: Pick<RateLimits, 'request' | 'wrongToken'>;
  };
  /** Where a package brings its own routes, open to all. */
  readonly openMount: string;
  readonly readOnlyMount: string;
  readonly pages: ProblemPages;
  /** Where people log in. */
  readonly loginPath: string;
  /** Address under which browsers reach the service; what comes from pages elsewhere is refused. */
  readonly publicUrl: string;
}

/**
 * Checks token or login, rate, role and origin before the body is read. Under the read-only mount every address needs
 * `view`, known or not, and whatever is not a read is refused. Logins count for pages and the mount alone: no page
 * elsewhere can make a browser call the API.
 */
export function registerAuth(app: FastifyInstance, options: AuthOptions): void {
  const { access: callers, openMount, readOnlyMount, pages } = options;
  app.decorateRequest('actor', '');
  app.decorateRequest('tokenSha256', '');
  app.decorateRequest('mayView', false);
  app.decorateRequest('mayOperate', false);
  app.decorateRequest('login', null);
  app.decorateRequest('clientAddress', {
    getter() {
      return clientAddress(this);
    },
  });
  app.addHook('onRoute', (route) => {
    if (isUnder(route.url, openMount)) route.config = { access: 'open', ...route.config };
    if (route.config?.access !== undefined || isUnder(route.url, readOnlyMount)) return;
    throw new Error(`Route ${route.url} declares no access rule.`);
  });
  app.addHook('onRequest', async (request, reply) => {
    const refuse = (body: Problem): FastifyReply => answerProblem(pages, { request, reply, problem: body });
    const isMounted = [request.url, request.routeOptions.url].some((path) => isUnder(path, readOnlyMount));
    const isPage = request.routeOptions.config.page === true;
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const access = isMounted ? 'view' : request.routeOptions.config.access;
    if (isPage && !reads && comesFromElsewhere(request, options.publicUrl)) return refuse(foreign(request));
    if (access === 'open') return;
    // Before the body is read: a request for an unknown path has shown no token.
    if (request.is404 && !isMounted) return refuse(nowhere(request));
    const caller = await identify({ request, reply }, { isMounted, isPage }, callers);
    if (caller.kind === 'visitor') {
      toLogin(request, reply, options.loginPath);
      return;
    }
    if (caller.kind === 'unknown') return refuse(caller.problem);
    const { token, login } = caller;
    const tooFast = await callers.rateLimits.request(token);
    if (tooFast !== undefined) return refuse(haste(reply, tooFast));
    if (access === undefined || !RIGHTS[token.role].includes(access)) return refuse(wrongRole(token.role));
    if (isMounted && !reads) return refuse(readOnly(reply));
    if (login?.renewed !== undefined) reply.header('set-cookie', login.renewed);
    request.actor = token.actor;
    request.mayView = RIGHTS[token.role].includes('view');
    request.mayOperate = RIGHTS[token.role].includes('operate');
    request.tokenSha256 = token.sha256;
    request.login = login;
  });
}

/** Compares the address as sent and the route that it matched: an address can be percent-encoded. */
function isUnder(path: string | undefined, mount: string): boolean {
  return path !== undefined && path.startsWith(mount) && ['', '/', '?'].includes(path.charAt(mount.length));
}

interface Place {
  readonly isMounted: boolean;
  readonly isPage: boolean;
}

/** `unknown`: refused with this problem. `visitor`: not logged in, on a page. */
type Caller =
  | { readonly kind: 'known'; readonly token: ApiToken; readonly login: Login | null }
  | { readonly kind: 'unknown'; readonly problem: Problem }
  | { readonly kind: 'visitor' };

async function identify(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { isMounted, isPage }: Place,
  { tokens, logins, rateLimits }: AuthOptions['access'],
): Promise<Caller> {
  const { presented, scheme } = presentedToken(request, isPage);
  const token = findToken(tokens, presented);
  if (token !== undefined) return { kind: 'known', token, login: null };
  // A request without a token is no guess: it is how a program finds out that it needs one.
  const tooMany = presented === '' ? undefined : await rateLimits.wrongToken(request);
  if (tooMany !== undefined) return { kind: 'unknown', problem: haste(reply, tooMany) };
  if (presented === '' && (isPage || isMounted)) {
    const found = await logins.find(request.headers.cookie);
    if (found.kind === 'in') return { kind: 'known', token: found.login.token, login: found.login };
    if (found.kind === 'unknown') return { kind: 'unknown', problem: UNCHECKED };
    if (isPage) return { kind: 'visitor' };
  }
  return { kind: 'unknown', problem: unauthenticated(reply, { scheme, isPresented: presented !== '' }) };
}

/**
 * `Authorization: Bearer`, and Basic with the token as password, for programs that know no other way. Nowhere else.
 * A page takes no Basic: a browser would send it along with whatever a page elsewhere makes it call.
 */
function presentedToken(
  request: FastifyRequest,
  isPage: boolean,
): { presented: string; scheme: 'Basic' | 'Bearer' } {
  const [scheme, credentials = ''] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme?.toLowerCase() === 'bearer') return { presented: credentials, scheme: 'Bearer' };
  if (scheme?.toLowerCase() !== 'basic' || isPage) return { presented: '', scheme: 'Bearer' };
  const decoded = Buffer.from(credentials, 'base64').toString('utf8');
  return { presented: decoded.slice(decoded.indexOf(':') + 1), scheme: 'Basic' };
}

/** A script that asked for part of a page loads its page again, which then leads to the login. */
function toLogin(request: FastifyRequest, reply: FastifyReply, loginPath: string): void {
  if (request.headers['x-requested-with'] === 'fetch') {
    void reply.code(401).header('www-authenticate', 'Bearer').send();
    return;
  }
  const next = request.method === 'GET' ? `?next=${encodeURIComponent(request.url)}` : '';
  void reply.redirect(loginPath + next, 303);
}

/** Browsers say where a form was. */
function comesFromElsewhere(request: FastifyRequest, publicUrl: string): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  // No browser leaves it out of a form; a program without one carries no other user's login.
  if (origin === undefined) return false;
  if (!URL.canParse(origin)) return true;
  const { host } = new URL(origin);
  return host !== request.host && (!URL.canParse(publicUrl) || host !== new URL(publicUrl).host);
}

/** Only who came with Basic is asked for it: a browser would put its own dialog before people who can log in. */
function unauthenticated(
  reply: FastifyReply,
  { scheme, isPresented }: { scheme: 'Basic' | 'Bearer'; isPresented: boolean },
): Problem {
  const challenge = scheme === 'Bearer' ? 'Bearer' : 'Basic realm="token as password", charset="UTF-8"';
  reply.header('www-authenticate', challenge);
  const detail = isPresented
    ? 'The token is not one of API_TOKENS of this service. After a change of API_TOKENS, restart every http process.'
    : 'Send Authorization: Bearer <token> with a token from API_TOKENS.';
  return problem('unauthenticated', { detail });
}

function haste(reply: FastifyReply, { retryAfterSeconds }: Refusal): Problem {
  reply.header('retry-after', retryAfterSeconds);
  const detail = `Rate limit exceeded. Try again in ${retryAfterSeconds} s.`;
  return problem('too_many_requests', { detail });
}

const wrongRole = (role: Role): Problem =>
  problem('forbidden', { detail: `The role ${role} does not allow this request.` });

function readOnly(reply: FastifyReply): Problem {
  reply.header('allow', 'GET, HEAD');
  return problem('method_not_allowed', {
    detail: 'The raw queues are read-only. Replay onboardings with POST /v1/onboardings/:id/replay.',
  });
}

/** A browser that calls the origin its own was led here by a proxy that has changed the host. */
function foreign({ headers: { origin, 'sec-fetch-site': site }, host }: FastifyRequest): Problem {
  const isOwn = site === 'same-origin' && origin !== undefined && URL.canParse(origin);
  const detail = isOwn
    ? `The form was sent from ${new URL(origin).origin}, but the service was called as ${host}. If a proxy in front of it changes the Host header, set PUBLIC_URL to the address that browsers use, such as ${new URL(origin).origin}.`
    : 'The form was not sent from the console. Reload the page and submit it again.';
  return problem('forbidden', { detail });
}

const UNCHECKED: Problem = problem('ledger_unavailable', {
  detail:
    'The ledger is unavailable, so this login cannot be checked. Nothing was changed. Try again in a moment.',
});
