import type { FastifyInstance } from 'fastify';
import type { LogFields } from '../../../ports.ts';
import { VARIABLES, type VariableName } from '../../../runtime/config-variables.ts';
import type { PagesDeps } from '../../deps.ts';
import type { Page } from '../../page.ts';
import { VIEWED } from '../../security.ts';

/** Where `describeConfig` says what a variable has come to; secrets it only calls configured. */
const GROUPS: Readonly<Record<string, Partial<Record<VariableName, string>>>> = {
  AWS: {
    AWS_MODE: 'awsMode',
    PARTNER_NAME: 'partner',
    REGIONS: 'regions',
    AWS_ENDPOINT_URL_EVENTBRIDGE: 'awsEndpoint',
    QUOTA_PER_SECOND: 'quotaPerSecond',
    CONCURRENCY: 'concurrency',
    AWS_TIMEOUT_MS: 'awsTimeoutMs',
  },
  Retries: {
    ATTEMPTS_MAX: 'retry.attemptsMax',
    BACKOFF_BASE_MS: 'retry.backoffBaseMs',
    BACKOFF_CAP_MS: 'retry.backoffCapMs',
    DEADLINE_HOURS: 'retry.deadlineMs',
    LIMIT_EXCEEDED_WAIT_MINUTES: 'retry.limitExceededWaitMs',
  },
  'HTTP and tokens': {
    HOST: 'host',
    PORT: 'port',
    PUBLIC_URL: 'publicUrl',
    TRUST_PROXY: 'trustProxy',
    HTTP_RATE_PER_SECOND: 'httpRatePerSecond',
    METRICS_PORT: 'metricsPort',
    API_TOKENS: 'api_tokens',
    SESSION_SECRET: 'login_secret',
  },
  Webhooks: {
    WEBHOOK_URL: 'webhook.url',
    WEBHOOK_SECRET: 'webhook.secrets',
    CALLBACK_ALLOW_HOSTS: 'webhook.callbackAllowHosts',
    WEBHOOK_TIMEOUT_MS: 'webhook.timeoutMs',
    WEBHOOK_BACKOFF_BASE_MS: 'webhook.backoffBaseMs',
  },
  'Where things lie': {
    REDIS_URL: 'redis',
    DATABASE_URL: 'database',
    DATA_DIR: 'dataDir',
    REDIS_PREFIX: 'redisPrefix',
  },
  Process: {
    ENVIRONMENT: 'environment',
    RETENTION_DAYS: 'retentionDays',
    LOG_LEVEL: 'logLevel',
    STOP_DEADLINE_MS: 'stopDeadlineMs',
  },
};

/** What this process runs with. */
export function settingsRoute(app: FastifyInstance, { described, site, respond }: PagesDeps): void {
  const page = settingsPage(described, site.version);
  app.get('/settings', VIEWED, (request, reply) => respond(request, reply, page));
}

function settingsPage(described: LogFields, version: string): Page {
  return {
    title: 'Settings',
    body: (
      <>
        <h1>Settings</h1>
        <p class="faint">
          What the process that made this page runs with, version {version}. They come from its environment
          and are changed there; secrets are never shown.
        </p>
        {Object.entries(GROUPS).map(([title, places]) => (
          <section key={title}>
            <h2>{title}</h2>
            <dl class="facts settings">
              {(Object.keys(places) as VariableName[]).map((name) => (
                <Setting key={name} name={name} value={shown(name, at(described, places[name] ?? ''))} />
              ))}
            </dl>
          </section>
        ))}
      </>
    ),
  };
}

function Setting({ name, value }: { name: VariableName; value: string }) {
  return (
    <div>
      <dt>
        <code>{name}</code>
      </dt>
      <dd class="breaks">{value === '' ? <span class="faint">not set</span> : <code>{value}</code>}</dd>
      <dd class="faint">{VARIABLES[name].meaning.replaceAll('`', '')}</dd>
    </div>
  );
}

function at(described: LogFields, path: string): unknown {
  const [first = '', second] = path.split('.');
  const value = described[first];
  return second === undefined ? value : (value as LogFields)[second];
}

function shown(name: VariableName, value: unknown): string {
  if (value === undefined) return '';
  if (name === 'DEADLINE_HOURS') return String(Number(value) / 3_600_000);
  if (name === 'LIMIT_EXCEEDED_WAIT_MINUTES') return String(Number(value) / 60_000);
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
