import { isRegionCode } from '../domain/region.ts';
import { isPartnerName } from '../domain/source-name.ts';
import { parseApiToken } from './api-token.ts';
import type { Variable } from './variable.ts';
import { PROXY_VARIABLES } from './proxy-variables.ts';
import { CHECK_VARIABLES } from './check-variables.ts';
import {
  hostEntry,
  listOf,
  matching,
  oneOf,
  ownUrl,
  plainUrl,
  positiveNumber,
  proxyTrust,
  serverUrl,
  text,
  url,
  webhookSecret,
  wholeNumber,
} from './config-parsers.ts';

/**
 * The one list of the configuration. The table in docs/configuration.md and .env.example are generated from it
 * (`npm run docs`), and a test compares them.
 */
export const VARIABLES = {
  HOST: { meaning: 'Address that HTTP listens on', parse: text, default: '127.0.0.1' },
  PORT: {
    meaning: 'Port that HTTP listens on; 0 picks a free one',
    parse: wholeNumber(0, 65_535),
    default: '3000',
  },
  REDIS_URL: {
    meaning:
      '`redis://` or `rediss://` address; unset: a private redis-server under `DATA_DIR`, append-only file on',
    parse: serverUrl('redis', 'redis', 'rediss'),
    defaultNote: 'embedded',
    secret: true,
  },
  DATABASE_URL: {
    meaning:
      '`postgres://` address; unset: PGlite under `DATA_DIR`, for trials and single hosts (not safe against a power failure)',
    parse: serverUrl('postgres', 'postgres', 'postgresql'),
    defaultNote: 'embedded',
    secret: true,
  },
  DATABASE_DIRECT_URL: {
    meaning:
      'Address of the same database without a pooler, for migrations and `LISTEN`, when `DATABASE_URL` leads to a transaction pooler',
    parse: serverUrl('postgres', 'postgres', 'postgresql'),
    defaultNote: '`DATABASE_URL`',
    secret: true,
  },
  DATA_DIR: { meaning: 'Folder for embedded data', parse: text, default: '.data' },
  AWS_MODE: {
    meaning: '`live` calls AWS, `sandbox` the built-in stand-in for EventBridge',
    parse: oneOf('sandbox', 'live'),
    defaultNote:
      '`sandbox` while Redis and ledger are embedded and `NODE_ENV` is not `production`; else required',
  },
  AWS_ENDPOINT_URL_EVENTBRIDGE: {
    meaning:
      'Another EventBridge endpoint, read by the AWS SDK, as are `AWS_REGION` and credentials (live mode)',
    parse: plainUrl('http', 'https'),
    defaultNote: 'AWS',
  },
  PARTNER_NAME: {
    meaning: "The partner's registered domain name: every source is `aws.partner/<PARTNER_NAME>/…`",
    parse: matching(isPartnerName, 'must be a domain name such as acme.example, without "aws.partner/"'),
    defaultNote: '`acme.example` in sandbox mode; else required',
  },
  REGIONS: {
    meaning: 'Comma-separated list of the Regions in which the partner is registered',
    parse: listOf(matching(isRegionCode, 'is not a Region code such as eu-west-1')),
    default: 'us-east-1',
  },
  QUOTA_PER_SECOND: {
    meaning: 'Maximum AWS control calls per second and Region, shared by all workers',
    parse: positiveNumber(10_000),
    default: '40',
  },
  CONCURRENCY: {
    meaning: 'Jobs in flight per worker process, Region and lane',
    parse: wholeNumber(1, 5_000),
    default: '50',
  },
  ...PROXY_VARIABLES,
  AWS_TIMEOUT_MS: {
    meaning: 'Timeout of one AWS call, in milliseconds',
    parse: wholeNumber(50, 300_000),
    default: '10000',
  },
  ATTEMPTS_MAX: {
    meaning:
      'Rounds per replay before an onboarding fails; a round is one create call and up to 2 quick retries, snoozes do not count',
    parse: wholeNumber(1, 100_000),
    default: '60',
  },
  BACKOFF_BASE_MS: {
    meaning: 'Base of the capped exponential backoff with full jitter, in milliseconds',
    parse: wholeNumber(1, 3_600_000),
    default: '2000',
  },
  BACKOFF_CAP_MS: {
    meaning: 'Cap of the backoff, in milliseconds',
    parse: wholeNumber(1, 86_400_000),
    default: '900000',
  },
  DEADLINE_HOURS: {
    meaning: 'Hours after the first create call of a replay until the onboarding fails',
    parse: positiveNumber(8_760),
    default: '24',
  },
  LIMIT_EXCEEDED_WAIT_MINUTES: {
    meaning: 'Minutes that an onboarding waits after LimitExceededException; 0: it fails immediately',
    parse: wholeNumber(0, 10_080),
    default: '0',
  },
  ...CHECK_VARIABLES,
  API_TOKENS: {
    meaning:
      'Comma-separated list of `role:token` or `role:name:token`; roles `signup`, `viewer`, `operator`, `admin`; a token has 16 or more characters of `A-Za-z0-9_-`, or is `sha256=<hex>`',
    parse: listOf(parseApiToken),
    defaultNote: 'embedded: one admin token stored in `DATA_DIR/admin-token`; else required',
    secret: true,
  },
  SESSION_SECRET: {
    meaning:
      'Signs the console’s logins: 32 or more characters, the same on all API processes; changing it ends all logins',
    parse: matching(
      (input): input is string => /^[\x21-\x7e]{32,512}$/.test(input),
      'must be 32 to 512 printable characters without spaces; generate one with: openssl rand -base64 32',
    ),
    defaultNote: 'embedded: stored in `DATA_DIR/session-secret`; else required where `http` runs',
    secret: true,
  },
  PUBLIC_URL: {
    meaning:
      'Public URL of the service, used in links. It may have a [path](#below-a-path), such as `https://example.com/onboard`',
    parse: ownUrl,
    defaultNote: '`http://HOST:PORT`',
  },
  TRUST_PROXY: {
    meaning:
      'Read the client address from `X-Forwarded-For`: `true` when only your own proxy can connect (its last entry is used), or a comma-separated list of your proxies’ addresses and CIDR blocks',
    parse: proxyTrust,
    default: 'false',
  },
  WEBHOOK_URL: {
    meaning:
      'URL that receives signed webhooks: the result of every onboarding, circuits that open or close, disabled endpoints',
    parse: url('https', 'http'),
    defaultNote: 'none: webhooks are sent only for onboardings with a `callbackUrl`',
    secret: true,
  },
  WEBHOOK_SECRET: {
    meaning:
      'Comma-separated list of secrets that sign webhooks, each `whsec_` and 24 to 64 random bytes in base64; all of them sign, so that you can rotate them',
    parse: listOf(webhookSecret),
    defaultNote: 'none; required with `WEBHOOK_URL` and to send to a `callbackUrl`',
    secret: true,
  },
  ALERT_WEBHOOK_URL: {
    meaning:
      'Incoming-webhook URL of Slack, or of a chat that accepts `{"text": "…"}`; receives alerts; requires `PUBLIC_URL`',
    parse: url('https', 'http'),
    defaultNote: 'none',
    secret: true,
  },
  ALERT_FAILURES: {
    meaning: 'Alert when more onboardings than this fail with one error code within 15 minutes',
    parse: wholeNumber(0, 1_000_000),
    default: '10',
  },
  CALLBACK_ALLOW_HOSTS: {
    meaning:
      'Comma-separated list of hosts (`name` or `name:port`) allowed in a `callbackUrl` even if private or plain http; all others must be public and https',
    parse: listOf(hostEntry),
    defaultNote: 'none',
  },
  WEBHOOK_TIMEOUT_MS: {
    meaning: 'Timeout of one webhook call, in milliseconds',
    parse: wholeNumber(50, 60_000),
    default: '15000',
  },
  WEBHOOK_BACKOFF_BASE_MS: {
    meaning:
      'Wait after a failed webhook call, in milliseconds; tripled after each further failure, at most 8 hours, for 3 days',
    parse: wholeNumber(10, 3_600_000),
    default: '5000',
  },
  HTTP_RATE_PER_SECOND: {
    meaning: 'Maximum requests per second, token and process, else 429; 0: no limit',
    parse: wholeNumber(0, 100_000),
    default: '0',
  },
  ENVIRONMENT: {
    meaning: 'Name shown to operators, such as `staging`',
    parse: text,
    defaultNote: 'none',
  },
  STOP_DEADLINE_MS: {
    meaning: 'Timeout of a graceful stop, in milliseconds',
    parse: wholeNumber(500, 600_000),
    default: '8000',
  },
  DRAIN_DELAY_MS: {
    meaning:
      'On a stop, how long `/readyz` returns 503 before the listener closes, in milliseconds; set it to what your load balancer needs to notice',
    parse: wholeNumber(0, 600_000),
    default: '0',
  },
  REDIS_PREFIX: {
    meaning: 'Prefix of every Redis key',
    parse: matching(
      (input): input is string => /^[A-Za-z0-9_-]{1,32}$/.test(input),
      'must be 1 to 32 of A-Z a-z 0-9 _ -',
    ),
    default: 'onboard',
  },
  METRICS_PORT: {
    meaning:
      'Port on `HOST` for `/metrics`, `/healthz` and `/readyz` without a token, in every process; 0 picks a free one',
    parse: wholeNumber(0, 65_535),
    defaultNote: 'none; `/metrics` on `PORT` requires a token',
  },
  RETENTION_DAYS: {
    meaning:
      'Days to keep the hourly figures behind charts and the rejected rows of imports; figures per minute are kept 8 days. Onboardings, attempts and audit are never deleted',
    parse: wholeNumber(1, 36_500),
    default: '400',
  },
  LOG_LEVEL: {
    meaning: 'Minimum log level',
    parse: oneOf('debug', 'info', 'warn', 'error'),
    default: 'info',
  },
} as const satisfies Readonly<Record<string, Variable<unknown>>>;

export type VariableName = keyof typeof VARIABLES;
