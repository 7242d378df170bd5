import type { LogFields } from '../ports.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import type { Region } from '../domain/region.ts';
import type { PartnerName } from '../domain/source-name.ts';
import type { ApiToken } from './api-token.ts';
import { VARIABLES, type Variable, type VariableName } from './config-variables.ts';

/** The parts that a process can run; `all` is every one of them. */
export const PARTS = ['http', 'provisioning', 'webhooks', 'maintenance'] as const;
export type Part = (typeof PARTS)[number];

export interface Config {
  readonly parts: readonly Part[];
  readonly host: string;
  readonly port: number;
  /** Undefined: nothing listens beside HTTP. */
  readonly metricsPort: number | undefined;
  readonly publicUrl: string | undefined;
  readonly trustProxy: boolean | readonly string[];
  readonly httpRatePerSecond: number;
  readonly environment: string | undefined;
  readonly redisUrl: string | undefined;
  readonly redisPrefix: string;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly awsMode: 'sandbox' | 'live';
  readonly awsEndpoint: string | undefined;
  readonly awsTimeoutMs: number;
  readonly partner: PartnerName;
  readonly regions: readonly Region[];
  readonly quotaPerSecond: number;
  readonly concurrency: number;
  readonly retry: RetryPolicy;
  /** Undefined: embedded, one admin token is kept in a file under dataDir. */
  readonly apiTokens: readonly ApiToken[] | undefined;
  /** Undefined: embedded, or no HTTP; embedded it is kept in a file under dataDir. */
  readonly loginSecret: string | undefined;
  readonly webhook: {
    /** Undefined: nobody but onboardings' own callbacks is told. */
    readonly url: string | undefined;
    readonly secrets: readonly string[];
    readonly callbackAllowHosts: readonly string[];
    readonly timeoutMs: number;
    readonly backoffBaseMs: number;
  };
  /** How long the figures of hours are kept. */
  readonly retentionDays: number;
  readonly stopDeadlineMs: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

type Values = {
  readonly [N in VariableName]: (typeof VARIABLES)[N] extends Variable<infer T> ? T | undefined : never;
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
      '--run other than all needs REDIS_URL and DATABASE_URL: what is embedded belongs to one process',
    );
  }
  const awsMode = values.AWS_MODE ?? (embedded && env['NODE_ENV'] !== 'production' ? 'sandbox' : undefined);
  if (awsMode === undefined && isUnset(env, 'AWS_MODE')) {
    problems.push('AWS_MODE is required here: "live" to call AWS, "sandbox" to try things out');
  }
  const partner =
    values.PARTNER_NAME ?? (awsMode === 'sandbox' ? ('acme.example' as PartnerName) : undefined);
  if (partner === undefined && isUnset(env, 'PARTNER_NAME') && awsMode === 'live') {
    problems.push(
      'PARTNER_NAME is required in live mode: the domain name that AWS registered for the partner',
    );
  }
  if (values.API_TOKENS === undefined && !embedded && isUnset(env, 'API_TOKENS') && parts.includes('http')) {
    problems.push(
      'API_TOKENS is required with REDIS_URL or DATABASE_URL, for example admin:<16 or more characters>',
    );
  }
  if (
    values.SESSION_SECRET === undefined &&
    !embedded &&
    isUnset(env, 'SESSION_SECRET') &&
    parts.includes('http')
  ) {
    problems.push(
      'SESSION_SECRET is required with REDIS_URL or DATABASE_URL: it signs the console’s logins. Make one with: openssl rand -base64 32',
    );
  }
  if (values.METRICS_PORT !== undefined && values.METRICS_PORT > 0 && values.METRICS_PORT === values.PORT) {
    problems.push('METRICS_PORT must differ from PORT: what listens there asks for no token');
  }
  if (values.WEBHOOK_URL !== undefined && isUnset(env, 'WEBHOOK_SECRET')) {
    problems.push(
      'WEBHOOK_SECRET is required with WEBHOOK_URL: nothing is sent unsigned. Make one with: echo whsec_$(openssl rand -base64 32)',
    );
  }
  const tokens = values.API_TOKENS;
  if (tokens !== undefined && new Set(tokens.map((token) => token.sha256)).size < tokens.length) {
    problems.push('API_TOKENS gives one token two entries: every entry needs a token of its own');
  }
  if (problems.length > 0 || awsMode === undefined || partner === undefined) return { ok: false, problems };
  return {
    ok: true,
    config: Object.freeze(assemble(values as Required<Values>, { parts, awsMode, partner })),
  };
}

function readVariables(env: Environment, problems: string[]): Values {
  const entries = Object.entries(VARIABLES as Record<string, Variable<unknown>>).map(([name, variable]) => {
    const given = isUnset(env, name) ? variable.default : env[name];
    if (given === undefined) return [name, undefined];
    const parsed = variable.parse(given);
    if (!parsed.ok) problems.push(`${name} ${parsed.problem}`);
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
  if (unknown.length > 0) problems.push(`--run must be all or a comma list of ${PARTS.join(', ')}`);
  return parts;
}

function isUnset(env: Environment, name: string): boolean {
  return env[name] === undefined || env[name] === '';
}

/** Called once every variable has been read without a problem, so those with a default are there. */
function assemble(
  values: Required<Values>,
  derived: { parts: readonly Part[]; awsMode: 'sandbox' | 'live'; partner: PartnerName },
): Config {
  const present = values as { readonly [N in VariableName]: NonNullable<Values[N]> };
  return {
    ...derived,
    host: present.HOST,
    port: present.PORT,
    metricsPort: values.METRICS_PORT,
    publicUrl: values.PUBLIC_URL,
    trustProxy: present.TRUST_PROXY,
    httpRatePerSecond: present.HTTP_RATE_PER_SECOND,
    environment: values.ENVIRONMENT,
    redisUrl: values.REDIS_URL,
    redisPrefix: present.REDIS_PREFIX,
    databaseUrl: values.DATABASE_URL,
    dataDir: present.DATA_DIR,
    awsEndpoint: values.AWS_ENDPOINT_URL_EVENTBRIDGE,
    awsTimeoutMs: present.AWS_TIMEOUT_MS,
    regions: present.REGIONS,
    quotaPerSecond: present.QUOTA_PER_SECOND,
    concurrency: present.CONCURRENCY,
    retry: {
      attemptsMax: present.ATTEMPTS_MAX,
      backoffBaseMs: present.BACKOFF_BASE_MS,
      backoffCapMs: present.BACKOFF_CAP_MS,
      deadlineMs: present.DEADLINE_HOURS * 3_600_000,
      limitExceededWaitMs: present.LIMIT_EXCEEDED_WAIT_MINUTES * 60_000,
    },
    apiTokens: values.API_TOKENS,
    loginSecret: values.SESSION_SECRET,
    webhook: {
      url: values.WEBHOOK_URL,
      secrets: values.WEBHOOK_SECRET ?? [],
      callbackAllowHosts: values.CALLBACK_ALLOW_HOSTS ?? [],
      timeoutMs: present.WEBHOOK_TIMEOUT_MS,
      backoffBaseMs: present.WEBHOOK_BACKOFF_BASE_MS,
    },
    stopDeadlineMs: present.STOP_DEADLINE_MS,
    retentionDays: present.RETENTION_DAYS,
    logLevel: present.LOG_LEVEL,
  };
}

/** The start-up line: every setting, a secret only as "configured". */
export function describeConfig(config: Config): LogFields {
  const { redisUrl, databaseUrl, apiTokens, loginSecret, webhook, ...plain } = config;
  const { url, secrets, ...plainOfWebhook } = webhook;
  return {
    ...plain,
    redis: redisUrl === undefined ? 'embedded' : 'configured',
    database: databaseUrl === undefined ? 'embedded' : 'configured',
    // Of the address not even the host: it may be a secret of its own.
    webhook: {
      ...plainOfWebhook,
      url: url === undefined ? 'none' : 'configured',
      secrets: secrets.length === 0 ? 'none' : 'configured',
    },
    api_tokens:
      apiTokens === undefined ? 'kept in a file' : apiTokens.map(({ role, actor }) => `${role}:${actor}`),
    login_secret: loginSecret === undefined ? 'kept in a file' : 'configured',
    node: process.version,
  };
}
