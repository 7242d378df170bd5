import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LedgerUnavailableError } from '../../domain/unavailable.ts';
import { findToken, type ApiToken } from '../../runtime/api-token.ts';
import { setNotice } from '../cookies.ts';
import type { PagesDeps, Throttled } from '../deps.ts';
import { textIn } from '../query.ts';
import { localPath, OPEN, VIEWED } from '../security.ts';
import { Problem } from '../views/forms.tsx';

export const LOGIN_PATH = '/login';

interface Call {
  readonly deps: PagesDeps;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Where to go once logged in. */
  readonly next: string;
}

/** Logging in with a token or the link of the start, and out. */
export function loginPages(app: FastifyInstance, deps: PagesDeps): void {
  const { tokens, logins, loginLink, rateLimits } = deps.access;

  app.get(LOGIN_PATH, OPEN, async (request, reply) => {
    const query = request.query as Record<string, unknown>;
    const next = localPath(textIn(query, 'next'));
    const call = { deps, request, reply, next };
    const word = query['link'];
    // A HEAD is a preview, such as a chat's: it must not use the word up.
    if (typeof word === 'string' && request.method === 'GET') {
      const token = loginLink?.use(word);
      if (token === undefined) return refuseGuess(call, 'deadLink');
      // The word is good again when nothing came of it.
      return admit(call, token).finally(() => {
        if (reply.statusCode !== 303) loginLink?.giveBack();
      });
    }
    const found = await logins.find(request.headers.cookie);
    if (found.kind !== 'in') return showForm(call);
    const tooFast = await rateLimits.request(found.login.token);
    return tooFast === undefined ? reply.redirect(next, 303) : refuse(call, 'tooManyRequests', tooFast);
  });

  app.post(LOGIN_PATH, OPEN, async (request, reply) => {
    const call = { deps, request, reply, next: localPath(textIn(request.body, 'next')) };
    const presented = textIn(request.body, 'token');
    if (presented === '') return refuse(call, 'noToken');
    const token = findToken(tokens, presented);
    if (token === undefined) return refuseGuess(call, 'wrongToken');
    const tooFast = await rateLimits.request(token);
    if (tooFast !== undefined) return refuse(call, 'tooManyRequests', tooFast);
    const tooMany = await rateLimits.login(request);
    if (tooMany !== undefined) return refuse(call, 'tooManyLogins', tooMany);
    return token.role === 'signup' ? refuse(call, 'signup') : admit(call, token);
  });

  app.post('/logout', VIEWED, async (request, reply) => {
    const { setCookie, ended } = await logins.end(request.headers.cookie);
    reply.header('set-cookie', setCookie);
    // Requests that came side by side end one login, and only one of them is noted.
    const away = ended && request.login ? await note('logout', request.login.token, deps) : undefined;
    // A logout succeeds although it cannot be recorded.
    if (away !== undefined)
      deps.operator.log.warn({ actor: request.actor, err: away }, 'console.logout_not_audited');
    setNotice(reply, 'loggedOut');
    return reply.redirect(LOGIN_PATH, 303);
  });
}

/** Writes a login or a logout down. Gives back why it could not, when the ledger is away. */
async function note(
  action: 'login' | 'logout',
  { actor, role }: ApiToken,
  { operator: { clock, ledger } }: PagesDeps,
): Promise<LedgerUnavailableError | undefined> {
  const deed = { at: new Date(clock.now()).toISOString(), actor, subject: 'console', reason: null };
  try {
    await ledger.recordAudit(
      action === 'login'
        ? { ...deed, action, before: null, after: { role } }
        : { ...deed, action, before: { role }, after: null },
    );
    return undefined;
  } catch (error) {
    if (error instanceof LedgerUnavailableError) return error;
    throw error;
  }
}

/** A login that cannot be written down is none: the ledger is away then, and there would be nothing to see. */
async function admit(call: Call, token: ApiToken): Promise<FastifyReply> {
  if ((await note('login', token, call.deps)) !== undefined) return refuse(call, 'ledgerAway');
  return call.reply.header('set-cookie', call.deps.access.logins.begin(token)).redirect(call.next, 303);
}

type Why = keyof typeof REFUSALS;

const REFUSALS = {
  noToken: [400, 'Enter a token.'],
  wrongToken: [401, 'The token is not in API_TOKENS.'],
  deadLink: [
    401,
    'This link was used or has expired (ten minutes). Log in with the token, or restart the service for a new link.',
  ],
  ledgerAway: [503, 'The ledger is not responding, and logins are recorded there. Try again in a moment.'],
  signup: [
    403,
    'The role signup can only submit and read single onboardings. The console requires viewer, operator or admin.',
  ],
  tooManyGuesses: [429, 'Too many invalid tokens from your address.'],
  tooManyLogins: [429, 'Too many logins from your address.'],
  tooManyRequests: [429, 'Too many requests with this token.'],
} as const;

/** Shows the form again, with the reason. Guesses are logged; one that is throttled is not: there may be any number. */
function refuse(call: Call, why: Why, throttled?: Throttled): FastifyReply {
  const [status, sentence] = REFUSALS[why];
  if (status === 401 || status === 403)
    call.deps.operator.log.warn({ address: call.request.clientAddress, why }, 'console.login_refused');
  if (throttled === undefined) return showForm(call, { status, problem: sentence });
  const { retryAfterSeconds } = throttled;
  call.reply.header('retry-after', retryAfterSeconds);
  return showForm(call, { status, problem: `${sentence} Try again in ${retryAfterSeconds} s.` });
}

async function refuseGuess(call: Call, why: 'wrongToken' | 'deadLink'): Promise<FastifyReply> {
  const tooMany = await call.deps.access.rateLimits.wrongToken(call.request);
  return tooMany === undefined ? refuse(call, why) : refuse(call, 'tooManyGuesses', tooMany);
}

function showForm(
  { deps, request, reply, next }: Call,
  { status = 200, problem }: { status?: number; problem?: string } = {},
): FastifyReply {
  return deps.respond(request, reply, {
    title: 'Log in',
    status,
    body: <LoginForm next={next} problem={problem} />,
  });
}

function LoginForm({ next, problem }: { next: string; problem: string | undefined }) {
  return (
    <section class="login stack">
      <h1>onboard</h1>
      <p class="faint">Partner event source console</p>
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
        Use a token from <code>API_TOKENS</code> with the role viewer, operator or admin. An embedded service
        stores one in <code>DATA_DIR/admin-token</code> and prints a login link at startup.
      </p>
    </section>
  );
}
