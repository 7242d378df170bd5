import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LedgerUnavailableError } from '../../domain/unavailable.ts';
import type { AuditLog } from '../../ports/audit.ts';
import type { Clock, Log } from '../../ports.ts';
import { findToken, type ApiToken } from '../../runtime/api-token.ts';
import type { Logins } from '../../runtime/logins.ts';
import type { LoginLink } from '../../runtime/login-link.ts';
import { setNotice } from '../cookies.ts';
import { textIn } from '../query.ts';
import type { Respond } from '../page.ts';
import { localPath, OPEN, VIEWED } from '../security.ts';
import { Problem } from '../views/forms.tsx';

export const LOGIN_PATH = '/login';

export interface LoginDeps {
  readonly tokens: readonly ApiToken[];
  readonly logins: Logins;
  readonly ledger: Pick<AuditLog, 'recordAudit'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Shown at the start of an embedded service; undefined where tokens are configured. */
  readonly loginLink: LoginLink | undefined;
  /** What callers are held to; undefined: not too much yet. */
  readonly throttles: {
    request(token: ApiToken): Promise<Throttled | undefined>;
    wrongToken(request: FastifyRequest): Promise<Throttled | undefined>;
    login(request: FastifyRequest): Promise<Throttled | undefined>;
  };
}

interface Throttled {
  readonly retryAfterSeconds: number;
}

interface Call {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Where to go once logged in. */
  readonly next: string;
}

/** Logging in with a token or the link of the start, and out. */
export function loginPages(app: FastifyInstance, deps: LoginDeps & { respond: Respond }): void {
  const { tokens, logins, loginLink, throttles } = deps;
  const { refuse, refuseGuess, refuseSignup } = refusals(deps);
  const { admit, noteLogout } = loginActions({ ...deps, refuse });

  app.get(LOGIN_PATH, OPEN, async (request, reply) => {
    const query = request.query as Record<string, unknown>;
    const next = localPath(textIn(query, 'next'));
    const call = { request, reply, next };
    const word = query['link'];
    // A HEAD is a look ahead of somebody else's, such as a chat that previews links: it must not use the word up.
    if (typeof word === 'string' && request.method === 'GET') {
      const token = loginLink?.use(word);
      if (token === undefined) return refuseGuess(call, 'deadLink');
      return admit(call, token, () => loginLink?.giveBack());
    }
    const found = await logins.find(request.headers.cookie);
    if (found.kind !== 'in') return showForm(deps, call);
    const tooFast = await throttles.request(found.login.token);
    return tooFast === undefined ? reply.redirect(next, 303) : refuse(call, 'tooManyRequests', tooFast);
  });

  app.post(LOGIN_PATH, OPEN, async (request, reply) => {
    const call = { request, reply, next: localPath(textIn(request.body, 'next')) };
    const presented = textIn(request.body, 'token');
    if (presented === '') return refuse(call, 'noToken');
    const token = findToken(tokens, presented);
    if (token === undefined) return refuseGuess(call, 'wrongToken');
    const tooFast = await throttles.request(token);
    if (tooFast !== undefined) return refuse(call, 'tooManyRequests', tooFast);
    const tooMany = await throttles.login(request);
    if (tooMany !== undefined) return refuse(call, 'tooManyLogins', tooMany);
    return token.role === 'signup' ? refuseSignup(call) : admit(call, token);
  });

  app.post('/logout', VIEWED, async (request, reply) => {
    const { setCookie, ended } = await logins.end(request.headers.cookie);
    reply.header('set-cookie', setCookie);
    // Requests that came side by side end one login, and only one of them is noted.
    if (ended) await noteLogout(request);
    setNotice(reply, 'loggedOut');
    return reply.redirect(LOGIN_PATH, 303);
  });
}

type Why = keyof typeof REFUSALS;
type Refuse = (call: Call, why: Why, throttled?: Throttled) => FastifyReply;

/** What stands in the audit for a login, which is done to no one thing. */
const SUBJECT = 'console';

/** Letting somebody in and out, each with its entry in the audit. */
function loginActions({ logins, ledger, clock, log, refuse }: LoginDeps & { refuse: Refuse }): {
  admit: (call: Call, token: ApiToken, otherwise?: () => void) => Promise<FastifyReply>;
  noteLogout: (request: FastifyRequest) => Promise<void>;
} {
  const of = (actor: string) =>
    ({ at: new Date(clock.now()).toISOString(), actor, subject: SUBJECT, reason: null }) as const;
  return {
    // A login that cannot be written down is none: the ledger is away then, and there would be nothing to see.
    async admit(call, token, otherwise = () => undefined) {
      try {
        const after = { role: token.role };
        await ledger.recordAudit({ ...of(token.actor), action: 'login', before: null, after });
      } catch (error) {
        otherwise();
        if (error instanceof LedgerUnavailableError) return refuse(call, 'ledgerAway');
        throw error;
      }
      return call.reply.header('set-cookie', logins.begin(token)).redirect(call.next, 303);
    },
    // Nobody is kept in because it cannot be written down.
    async noteLogout({ actor, login }) {
      if (login === null) return;
      try {
        const before = { role: login.token.role };
        await ledger.recordAudit({ ...of(actor), action: 'logout', before, after: null });
      } catch (error) {
        if (!(error instanceof LedgerUnavailableError)) throw error;
        log.warn({ actor, err: error }, 'console.logout_not_audited');
      }
    },
  };
}

const REFUSALS = {
  noToken: [400, 'Paste a token.'],
  wrongToken: [401, 'No token of API_TOKENS is this one.'],
  deadLink: [
    401,
    'This link was used, or is more than ten minutes old. A new start shows a new one; the token always works.',
  ],
  ledgerAway: [
    503,
    'The ledger does not answer, and a login must be written down. Nothing is lost; try again in a moment.',
  ],
  signup: [
    403,
    'A signup token hands in onboardings and sees one at a time. The console needs viewer, operator or admin.',
  ],
  tooManyGuesses: [429, 'Too many wrong tokens from your address.'],
  tooManyLogins: [429, 'Too many logins from your address.'],
  tooManyRequests: [429, 'Too many requests with this token.'],
} as const;

/** Ways to show the form again, with the reason. A throttled one is not logged here: there may be any number. */
function refusals(deps: LoginDeps & { respond: Respond }) {
  const { throttles, log } = deps;
  const refuse: Refuse = (call, why, throttled) => {
    const [status, sentence] = REFUSALS[why];
    if (throttled === undefined) return showForm(deps, call, { status, problem: sentence });
    const { retryAfterSeconds } = throttled;
    call.reply.header('retry-after', retryAfterSeconds);
    return showForm(deps, call, { status, problem: `${sentence} Try again in ${retryAfterSeconds} s.` });
  };
  const noteAndRefuse = (call: Call, why: Why): FastifyReply => {
    log.warn({ address: call.request.clientAddress, why }, 'console.login_refused');
    return refuse(call, why);
  };
  return {
    refuse,
    refuseSignup: (call: Call) => noteAndRefuse(call, 'signup'),
    refuseGuess: async (call: Call, why: 'wrongToken' | 'deadLink'): Promise<FastifyReply> => {
      const tooMany = await throttles.wrongToken(call.request);
      return tooMany === undefined ? noteAndRefuse(call, why) : refuse(call, 'tooManyGuesses', tooMany);
    },
  };
}

function showForm(
  { respond }: { respond: Respond },
  { request, reply, next }: Call,
  { status = 200, problem }: { status?: number; problem?: string } = {},
): FastifyReply {
  return respond(request, reply, {
    title: 'Log in',
    status,
    body: () => <LoginForm next={next} problem={problem} />,
  });
}

function LoginForm({ next, problem }: { next: string; problem: string | undefined }) {
  return (
    <section class="login stack">
      <h1>onboard</h1>
      <p class="faint">The console of the partner event sources</p>
      <form class="stack" method="post" action={LOGIN_PATH}>
        <input type="hidden" name="next" value={next} />
        <input
          class="unseen"
          type="text"
          name="username"
          value="token"
          autocomplete="username"
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <label for="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          required
          autofocus
          autocomplete="current-password"
          spellcheck={false}
          aria-describedby={problem === undefined ? undefined : 'login-problem'}
          aria-invalid={problem === undefined ? undefined : true}
        />
        {problem === undefined ? null : <Problem id="login-problem" text={problem} />}
        <button class="primary" type="submit">
          Log in
        </button>
      </form>
      <p class="faint">
        A token from <code>API_TOKENS</code> with the role viewer, operator or admin. An embedded service
        keeps one in <code>DATA_DIR/admin-token</code>, and shows a link to log in when it starts.
      </p>
    </section>
  );
}
