import { VARIABLES, type VariableName } from '../../../runtime/config-variables.ts';
import type { LogFields } from '../../../ports.ts';

/** One variable as this process runs with it. */
export interface Setting {
  readonly variable: VariableName;
  readonly value: string;
  readonly meaning: string;
}

export interface SettingGroup {
  readonly title: string;
  readonly settings: readonly Setting[];
}

/** Where `describeConfig` says what a variable has come to; secrets it only calls configured. */
const PLACES: Readonly<Record<VariableName, string>> = {
  AWS_MODE: 'awsMode',
  PARTNER_NAME: 'partner',
  REGIONS: 'regions',
  AWS_ENDPOINT_URL_EVENTBRIDGE: 'awsEndpoint',
  QUOTA_PER_SECOND: 'quotaPerSecond',
  CONCURRENCY: 'concurrency',
  AWS_TIMEOUT_MS: 'awsTimeoutMs',
  ATTEMPTS_MAX: 'retry.attemptsMax',
  BACKOFF_BASE_MS: 'retry.backoffBaseMs',
  BACKOFF_CAP_MS: 'retry.backoffCapMs',
  DEADLINE_HOURS: 'retry.deadlineMs',
  LIMIT_EXCEEDED_WAIT_MINUTES: 'retry.limitExceededWaitMs',
  HOST: 'host',
  PORT: 'port',
  PUBLIC_URL: 'publicUrl',
  TRUST_PROXY: 'trustProxy',
  HTTP_RATE_PER_SECOND: 'httpRatePerSecond',
  METRICS_PORT: 'metricsPort',
  API_TOKENS: 'api_tokens',
  SESSION_SECRET: 'login_secret',
  WEBHOOK_URL: 'webhook.url',
  WEBHOOK_SECRET: 'webhook.secrets',
  CALLBACK_ALLOW_HOSTS: 'webhook.callbackAllowHosts',
  WEBHOOK_TIMEOUT_MS: 'webhook.timeoutMs',
  WEBHOOK_BACKOFF_BASE_MS: 'webhook.backoffBaseMs',
  REDIS_URL: 'redis',
  DATABASE_URL: 'database',
  DATA_DIR: 'dataDir',
  REDIS_PREFIX: 'redisPrefix',
  ENVIRONMENT: 'environment',
  RETENTION_DAYS: 'retentionDays',
  LOG_LEVEL: 'logLevel',
  STOP_DEADLINE_MS: 'stopDeadlineMs',
};

const GROUPS: readonly (readonly [title: string, from: VariableName, to: VariableName])[] = [
  ['AWS', 'AWS_MODE', 'AWS_TIMEOUT_MS'],
  ['Retries', 'ATTEMPTS_MAX', 'LIMIT_EXCEEDED_WAIT_MINUTES'],
  ['HTTP and tokens', 'HOST', 'SESSION_SECRET'],
  ['Webhooks', 'WEBHOOK_URL', 'WEBHOOK_BACKOFF_BASE_MS'],
  ['Where things lie', 'REDIS_URL', 'REDIS_PREFIX'],
  ['Process', 'ENVIRONMENT', 'STOP_DEADLINE_MS'],
];

/** The described configuration by variable, in groups, with what each means. */
export function settingGroups(described: LogFields): readonly SettingGroup[] {
  const names = Object.keys(PLACES) as VariableName[];
  return GROUPS.map(([title, from, to]) => ({
    title,
    settings: names.slice(names.indexOf(from), names.indexOf(to) + 1).map((variable) => ({
      variable,
      value: shown(variable, at(described, PLACES[variable])),
      meaning: VARIABLES[variable].meaning,
    })),
  }));
}

function at(described: LogFields, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? (value as LogFields)[key] : undefined),
      described,
    );
}

function shown(variable: VariableName, value: unknown): string {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return '';
  if (variable === 'DEADLINE_HOURS') return String(Number(value) / 3_600_000);
  if (variable === 'LIMIT_EXCEEDED_WAIT_MINUTES') return String(Number(value) / 60_000);
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
