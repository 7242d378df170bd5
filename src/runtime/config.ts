import { noProxyEntries, type OutboundProxies } from '../domain/outbound-proxy.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import type { PartnerName } from '../domain/source-name.ts';
import { itIs, refusal, type Parser } from './config-parsers.ts';
import { VARIABLES, type VariableName } from './config-variables.ts';
import type { Variable } from './variable.ts';

/** The parts that a process can run; `all` is every one of them. */
export const PARTS = ['http', 'provisioning', 'webhooks', 'maintenance', 'lifecycle'] as const;
export type Part = (typeof PARTS)[number];

const HOUR_MS = 3_600_000;

/** Frozen. `assemble` says what each member is. */
export type Config = Readonly<ReturnType<typeof assemble>> & { readonly settings: Settings };

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

/** What was read, once there is no problem: whatever has a default is there. */
type Values = {
  readonly [N in VariableName]: (typeof VARIABLES)[N] extends { readonly parse: Parser<infer T> }
    ? T | ('default' extends keyof (typeof VARIABLES)[N] ? never : undefined)
    : never;
};

/**
 * Reads the whole configuration at once and reports every problem together. Pure; an empty variable counts as
 * unset. `run` is the text of `--run`, undefined when it was not given.
 */
export function loadConfig(env: Environment, run?: string): LoadedConfig {
  const problems: string[] = [];
  const values = readVariables(env, problems);
  const parts = readParts(run, problems);
  const embedded = values.REDIS_URL === undefined && values.DATABASE_URL === undefined;
  if (parts.length < PARTS.length && (values.REDIS_URL === undefined || values.DATABASE_URL === undefined)) {
    problems.push(
      '--run other than all requires REDIS_URL and DATABASE_URL: embedded Redis and ledger belong to one process',
    );
  }
  const awsMode = values.AWS_MODE ?? (embedded && env['NODE_ENV'] !== 'production' ? 'sandbox' : undefined);
  if (awsMode === undefined && isUnset(env, 'AWS_MODE')) {
    problems.push('AWS_MODE is required here: "live" calls AWS, "sandbox" does not');
  }
  const partner =
    values.PARTNER_NAME ?? (awsMode === 'sandbox' ? ('acme.example' as PartnerName) : undefined);
  if (awsMode === 'live' && isUnset(env, 'PARTNER_NAME')) {
    problems.push(
      'PARTNER_NAME is required in live mode: the domain name that AWS registered for the partner',
    );
  }
  const isOpenToOthers = !embedded && parts.includes('http');
  if (isOpenToOthers && isUnset(env, 'API_TOKENS')) {
    problems.push(
      'API_TOKENS is required with REDIS_URL or DATABASE_URL, for example admin:<16 or more characters>',
    );
  }
  if (isOpenToOthers && isUnset(env, 'SESSION_SECRET')) {
    problems.push(
      'SESSION_SECRET is required with REDIS_URL or DATABASE_URL: it signs the console’s logins. Generate one with: openssl rand -base64 32',
    );
  }
  if (values.METRICS_PORT !== undefined && values.METRICS_PORT > 0 && values.METRICS_PORT === values.PORT) {
    problems.push('METRICS_PORT must differ from PORT: it requires no token');
  }
  if (values.WEBHOOK_URL !== undefined && isUnset(env, 'WEBHOOK_SECRET')) {
    problems.push(
      'WEBHOOK_SECRET is required with WEBHOOK_URL: webhooks are always signed. Generate one with: echo whsec_$(openssl rand -base64 32)',
    );
  }
  if (values.ALERT_WEBHOOK_URL !== undefined && isUnset(env, 'PUBLIC_URL')) {
    problems.push(
      'PUBLIC_URL is required with ALERT_WEBHOOK_URL: alerts link to the console, for example https://onboarding.example.com',
    );
  }
  const tokens = values.API_TOKENS;
  if (tokens !== undefined && new Set(tokens.map((token) => token.sha256)).size < tokens.length) {
    problems.push('API_TOKENS contains the same token twice: every entry needs its own token');
  }
  if (problems.length > 0 || awsMode === undefined || partner === undefined) return { ok: false, problems };
  return {
    ok: true,
    config: Object.freeze({
      ...assemble(values, { parts, awsMode, partner }),
      settings: settingsOf(env, values, { awsMode, partner }),
    }),
  };
}

function readVariables(env: Environment, problems: string[]): Values {
  const entries = Object.entries(VARIABLES as Record<string, Variable<unknown>>).map(([name, variable]) => {
    const given = isUnset(env, name) ? variable.default : textOf(env, name);
    if (given === undefined) return [name, undefined];
    const parsed = variable.parse(given);
    if (!parsed.ok) problems.push(refusal(name, given, { parsed, isSecret: variable.secret === true }));
    return [name, parsed.ok ? parsed.value : undefined];
  });
  return Object.fromEntries(entries) as Values;
}

function readParts(run: string | undefined, problems: string[]): readonly Part[] {
  if (run === undefined || run === 'all') return PARTS;
  // `notifications` is another name of the part `webhooks`.
  const names = run.split(',').map((name) => (name === 'notifications' ? 'webhooks' : name));
  const parts = PARTS.filter((part) => names.includes(part));
  const unknown = names.filter((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0) {
    problems.push(`--run must be all or a comma list of ${PARTS.join(', ')}; ${itIs(run)}`);
  }
  return parts;
}

function isUnset(env: Environment, name: string): boolean {
  return textOf(env, name) === '';
}

/** Without the line break with which a value from a file ends. Proxies are known by lower-case names too, as in curl. */
function textOf(env: Environment, name: string): string {
  const text = (env[name] ?? '').replace(/[\r\n]+$/, '');
  if (text !== '' || !name.endsWith('_PROXY')) return text;
  return (env[name.toLowerCase()] ?? '').replace(/[\r\n]+$/, '');
}

function assemble(
  values: Values,
  derived: {
    readonly parts: readonly Part[];
    readonly awsMode: 'sandbox' | 'live';
    readonly partner: PartnerName;
  },
) {
  const retry: RetryPolicy = {
    attemptsMax: values.ATTEMPTS_MAX,
    backoffBaseMs: values.BACKOFF_BASE_MS,
    backoffCapMs: values.BACKOFF_CAP_MS,
    deadlineMs: values.DEADLINE_HOURS * HOUR_MS,
    limitExceededWaitMs: values.LIMIT_EXCEEDED_WAIT_MINUTES * 60_000,
  };
  return {
    ...derived,
    host: values.HOST,
    port: values.PORT,
    /** Undefined: nothing listens beside HTTP. */
    metricsPort: values.METRICS_PORT,
    publicUrl: values.PUBLIC_URL,
    basePath: values.PUBLIC_URL === undefined ? '' : new URL(values.PUBLIC_URL).pathname.replace(/\/$/, ''),
    trustProxy: values.TRUST_PROXY,
    httpRatePerSecond: values.HTTP_RATE_PER_SECOND,
    environment: values.ENVIRONMENT,
    redisUrl: values.REDIS_URL,
    redisPrefix: values.REDIS_PREFIX,
    databaseUrl: values.DATABASE_URL,
    /** Undefined: nothing stands before the database, or only a pooler's address is known. */
    databaseDirectUrl: values.DATABASE_DIRECT_URL,
    dataDir: values.DATA_DIR,
    awsEndpoint: values.AWS_ENDPOINT_URL_EVENTBRIDGE,
    awsTimeoutMs: values.AWS_TIMEOUT_MS,
    /** What leads out, for AWS calls and webhooks. */
    proxies: proxiesOf(values),
    regions: values.REGIONS,
    quotaPerSecond: values.QUOTA_PER_SECOND,
    concurrency: values.CONCURRENCY,
    retry,
    checks: checksOf(values),
    /** Undefined: embedded, one admin token is kept in a file under dataDir. */
    apiTokens: values.API_TOKENS,
    /** Undefined: embedded, or no HTTP; embedded it is kept in a file under dataDir. */
    loginSecret: values.SESSION_SECRET,
    webhook: webhookOf(values),
    alert: {
      /** Undefined: nothing is watched. */
      url: values.ALERT_WEBHOOK_URL,
      failuresAbove: values.ALERT_FAILURES,
    },
    drainDelayMs: values.DRAIN_DELAY_MS,
    stopDeadlineMs: values.STOP_DEADLINE_MS,
    /** How long the figures of hours are kept. */
    retentionDays: values.RETENTION_DAYS,
    logLevel: values.LOG_LEVEL,
  };
}

function webhookOf(values: Values) {
  return {
    /** Undefined: webhooks go to the onboardings' own callbacks only. */
    url: values.WEBHOOK_URL,
    secrets: values.WEBHOOK_SECRET ?? [],
    callbackAllowHosts: values.CALLBACK_ALLOW_HOSTS ?? [],
    timeoutMs: values.WEBHOOK_TIMEOUT_MS,
    backoffBaseMs: values.WEBHOOK_BACKOFF_BASE_MS,
  };
}

function proxiesOf({ HTTP_PROXY: http, HTTPS_PROXY: https, NO_PROXY: none = '' }: Values): OutboundProxies {
  return { http, https, none: noProxyEntries(none) };
}

/** How sources are followed after their creation. */
function checksOf(values: Values) {
  return {
    connectedEveryMs: values.CHECK_EVERY_HOURS * HOUR_MS,
    perSecond: values.CHECKS_PER_SECOND,
    warningsMs: values.EXPIRY_WARNINGS,
    assumedExpiryMs: values.ASSUMED_EXPIRY_DAYS * 24 * HOUR_MS,
    renewalsMax: values.RENEWALS_MAX,
  };
}

/** Every variable as it may be shown: a secret only as "configured", a token by its role and actor. */
export type Settings = Readonly<Record<VariableName, string>>;

function settingsOf(
  env: Environment,
  { API_TOKENS: tokens }: Values,
  { awsMode, partner }: { readonly awsMode: string; readonly partner: string },
): Settings {
  const shown = (name: string, { secret, default: text, defaultNote }: Variable<unknown>): string => {
    if (isUnset(env, name)) return text ?? (defaultNote ?? '').replaceAll('`', '');
    return secret === true ? 'configured' : textOf(env, name);
  };
  const entries = Object.entries(VARIABLES as Record<string, Variable<unknown>>);
  return {
    ...(Object.fromEntries(entries.map(([name, variable]) => [name, shown(name, variable)])) as Settings),
    AWS_MODE: awsMode,
    PARTNER_NAME: partner,
    ...(tokens && { API_TOKENS: tokens.map(({ role, actor }) => `${role}:${actor}`).join(', ') }),
  };
}
