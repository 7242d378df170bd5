import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LedgerUnavailableError } from '../../domain/unavailable.ts';
import type { AuditLog } from '../../ports/audit.ts';
import type { Clock, Log } from '../../ports.ts';
import { findToken, type ApiToken } from '../../runtime/api-token.ts';
import type { Logins } from '../../runtime/logins.ts';
import type { LoginLink } from '../../runtime/login-link.ts';
import { VIEWED } from '../access.ts';
import { setNotice } from '../cookies.ts';
import { field } from '../form-body.ts';
import { localPath } from '../local-path.ts';
import type { Respond } from '../respond.tsx';
import { Icon } from '../views/icon.tsx';

export const LOGIN_PATH = '/login';
export const HOME_PATH = '/';

export interface LoginDeps {
  readonly tokens: readonly ApiToken[];
  readonly logins: Logins;
  readonly ledger: Pick<AuditLog, 'recordAudit'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Shown at the start of an embedded service; undefined where tokens are configured. */
  readonly loginLink: LoginLink | undefined;
  /** Counts wrong tokens by address; undefined: not too many yet. */
  readonly wrongTokens: {
    count(request: FastifyRequest): Promise<{ readonly retryAfterSeconds: number } | undefined>;
  };
}

const OPEN = { config: { access: 'open', page: true }, schema: { hide: true } } as const;

interface Call {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Where to go once logged in. */
  readonly next: string;
}

/** Logging in with a token or the link of the start, and out. */
export function loginPages(app: FastifyInstance, deps: LoginDeps & { respond: Respond }): void {
  const { tokens, logins, loginLink, respond } = deps;
  const refuse = refuser(deps);
  const { admit, noteLogout } = loginDeeds({ ...deps, refuse });

  app.get(LOGIN_PATH, OPEN, async (request, reply) => {
    const query = request.query as Record<string, unknown>;
    const next = localPath(typeof query['next'] === 'string' ? query['next'] : '', HOME_PATH);
    const word = query['link'];
    // A HEAD is a look ahead of somebody else's, such as a chat that previews links: it must not use the word up.
    if (typeof word === 'string' && request.method === 'GET') {
      const token = loginLink?.use(word);
      if (token === undefined) return refuse({ request, reply, next }, 'deadLink');
      return admit({ request, reply, next }, token, () => loginLink?.giveBack());
    }
    const found = await logins.find(request.headers.cookie);
    if (found.kind === 'in') return reply.redirect(next, 303);
    return respond(request, reply, {
      title: 'Log in',
      body: () => <LoginForm next={next} problem={undefined} />,
    });
  });

  app.post(LOGIN_PATH, OPEN, async (request, reply) => {
    const call = { request, reply, next: localPath(field(request.body, 'next'), HOME_PATH) };
    const presented = field(request.body, 'token');
    if (presented === '') return refuse(call, 'noToken');
    const token = findToken(tokens, presented);
    if (token === undefined) return refuse(call, 'wrongToken');
    return token.role === 'signup' ? refuse(call, 'signup') : admit(call, token);
  });

  app.post('/logout', VIEWED, async (request, reply) => {
    reply.header('set-cookie', await logins.end(request.headers.cookie));
    await noteLogout(request);
    setNotice(reply, 'loggedOut');
    return reply.redirect(LOGIN_PATH, 303);
  });
}

type Refuse = (call: Call, why: keyof typeof REFUSALS) => Promise<FastifyReply>;

/** What stands in the audit for a login, which is done to no one thing. */
const SUBJECT = 'console';

/** Letting somebody in and out, each with its entry in the audit. */
function loginDeeds({ logins, ledger, clock, log, refuse }: LoginDeps & { refuse: Refuse }): {
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
} as const;

/** Shows the form again with the reason; guesses are counted, and held to a number a minute. */
function refuser({ wrongTokens, log, respond }: LoginDeps & { respond: Respond }): Refuse {
  return async ({ request, reply, next }, why) => {
    const isGuess = why === 'wrongToken' || why === 'deadLink';
    if (isGuess || why === 'signup') log.warn({ address: request.ip, why }, 'console.login_refused');
    const tooMany = isGuess ? await wrongTokens.count(request) : undefined;
    if (tooMany !== undefined) reply.header('retry-after', tooMany.retryAfterSeconds);
    const [status, problem] =
      tooMany === undefined
        ? REFUSALS[why]
        : [429, `Too many wrong tokens from your address. Try again in ${tooMany.retryAfterSeconds} s.`];
    return respond(request, reply, {
      title: 'Log in',
      status,
      body: () => <LoginForm next={next} problem={problem} />,
    });
  };
}

function LoginForm({ next, problem }: { next: string; problem: string | undefined }) {
  return (
    <section class="login">
      <h1>onboard</h1>
      <p class="faint">The console of the partner event sources</p>
      <form method="post" action={LOGIN_PATH}>
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
        {problem === undefined ? null : (
          <p id="login-problem" class="field-problem" role="alert">
            <Icon name="alert" />
            {problem}
          </p>
        )}
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
