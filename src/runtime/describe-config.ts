import type { LogFields } from '../ports.ts';
import type { Config } from './config.ts';

/** The start-up line: every setting, a secret only as "configured". */
export function describeConfig(config: Config): LogFields {
  const { redisUrl, databaseUrl, apiTokens, ...plain } = config;
  return {
    ...plain,
    redis: redisUrl === undefined ? 'embedded' : 'configured',
    database: databaseUrl === undefined ? 'embedded' : 'configured',
    api_tokens:
      apiTokens === undefined ? 'kept in a file' : apiTokens.map(({ role, actor }) => `${role}:${actor}`),
    node: process.version,
  };
}
