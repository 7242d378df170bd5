import { join } from 'node:path';
import { createRateLimits, type RateLimits } from '../api/http/rate-limits.ts';
import type { LoginLedger } from '../ports/login-ledger.ts';
import type { Log } from '../ports.ts';
import type { ApiToken } from '../runtime/api-token.ts';
import type { Config } from '../runtime/config.ts';
import { keepSecret, keepToken, keptTokenFile } from '../runtime/kept-secret.ts';
import { createLoginLink, type LoginLink } from '../runtime/login-link.ts';
import { createLogins, type Logins } from '../runtime/logins.ts';
import type { ComposeContext } from './context.ts';

export interface Access {
  readonly tokens: readonly ApiToken[];
  readonly logins: Logins;
  readonly loginLink: LoginLink | undefined;
  readonly rateLimits: RateLimits;
}

/**
 * Who may call, how often, and logins to the console. An embedded service keeps its own secret, and shows a link at the
 * start, because no tokens are configured.
 */
export async function createAccess(
  config: Config,
  { clock, log, url, tell }: ComposeContext,
  ledger: LoginLedger,
): Promise<Access> {
  const tokens = await tokensOf(config, log);
  const rateLimits = createRateLimits({ log, ratePerSecond: config.httpRatePerSecond });
  const secret = config.loginSecret ?? (await keepSecret(join(config.dataDir, 'session-secret')));
  const base = config.publicUrl ?? url;
  const secure = base?.startsWith('https:') === true;
  const logins = createLogins({
    ...{ tokens, secret, secure, ledger, clock, log },
    ownsHost: config.basePath === '',
  });
  const [kept] = config.apiTokens === undefined ? tokens : [];
  if (kept === undefined || base === undefined) return { tokens, logins, rateLimits, loginLink: undefined };
  const loginLink = createLoginLink(kept, clock);
  const href = `${base}/login?link=${loginLink.word}`;
  // A line of JSON is no place to look for it by eye.
  tell(`Console: ${href} (logs in once, within ten minutes)`);
  log.info(
    { login_url: href },
    'Open this link to log in to the console. It works once, within ten minutes.',
  );
  return { tokens, logins, rateLimits, loginLink };
}

async function tokensOf(config: Config, log: Log): Promise<readonly ApiToken[]> {
  if (config.apiTokens !== undefined) return config.apiTokens;
  const token = await keepToken(config.dataDir);
  log.info(
    { token_file: keptTokenFile(config.dataDir) },
    'API_TOKENS is unset: the admin token is in this file.',
  );
  return [token];
}
