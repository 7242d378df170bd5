import { join } from 'node:path';
import type { LoginLedger } from '../ports/login-ledger.ts';
import type { ApiToken } from '../runtime/api-token.ts';
import type { Config } from '../runtime/config.ts';
import { keepSecret } from '../runtime/kept-secret.ts';
import { createLoginLink, type LoginLink } from '../runtime/login-link.ts';
import { createLogins, type Logins } from '../runtime/logins.ts';
import type { ComposeContext } from './context.ts';

/**
 * Logins to the console. An embedded service keeps its own secret, and shows a link at the start, because nobody has
 * been given a token.
 */
export async function loginsOf(
  config: Config,
  { clock, log, url, tell }: ComposeContext,
  { tokens, ledger }: { tokens: readonly ApiToken[]; ledger: LoginLedger },
): Promise<{ readonly logins: Logins; readonly loginLink: LoginLink | undefined }> {
  const secret = config.loginSecret ?? (await keepSecret(join(config.dataDir, 'session-secret')));
  const base = config.publicUrl ?? url;
  const secure = base?.startsWith('https:') === true;
  const logins = createLogins({ tokens, secret, secure, ledger, clock, log });
  const [kept] = config.apiTokens === undefined ? tokens : [];
  if (kept === undefined || base === undefined) return { logins, loginLink: undefined };
  const loginLink = createLoginLink(kept, clock);
  const href = new URL(`/login?link=${loginLink.word}`, base).href;
  // A line of JSON is no place to look for it by eye.
  tell(`Console: ${href} (logs in once, within ten minutes)`);
  log.info(
    { login_url: href },
    'Open this link to log in to the console; it works once, within ten minutes.',
  );
  return { logins, loginLink };
}
