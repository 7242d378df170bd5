import type { LogFields } from '../ports.ts';
import type { Config } from './config.ts';

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
