import { createGatewayCheckup } from '../aws/gateway-checkup.ts';
import { createLedgerCheckupOf } from '../ledger/ledger-checkup.ts';
import { wellFound, type Finding } from '../domain/finding.ts';
import { examineAll } from '../operations/doctor.ts';
import type { Clock, Log } from '../ports.ts';
import type { Checkup } from '../ports/doctor.ts';
import { createRedisCheckupOf } from '../queue/redis/checkup.ts';
import type { Config } from '../runtime/config.ts';

/** What the SDK is told beside the Region, in either mode. */
export interface AwsAccess {
  readonly endpoint?: string;
  readonly credentials?: { accessKeyId: string; secretAccessKey: string };
}

export const SANDBOX_CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
}

export function awsCheckup(config: Config, access: AwsAccess, { clock, log }: Surroundings): Checkup {
  return createGatewayCheckup({
    ...access,
    regions: config.regions,
    partner: config.partner,
    mode: config.awsMode,
    clock,
    log,
  });
}

/**
 * The looks that need no running service, for what the configuration names: each connects for itself, and nothing is
 * migrated, made or locked. What would be embedded is there only while the service runs, and is left out.
 */
function localCheckups(config: Config, { clock, log }: Surroundings): readonly Checkup[] {
  const { redisUrl, databaseUrl, awsMode, awsEndpoint: endpoint } = config;
  const sandboxIsElsewhere = awsMode === 'sandbox' && endpoint !== undefined;
  return [
    ...(redisUrl === undefined ? [] : [createRedisCheckupOf({ url: redisUrl }, clock)]),
    ...(databaseUrl === undefined ? [] : [createLedgerCheckupOf(databaseUrl, { clock, log })]),
    ...(awsMode === 'live' ? [awsCheckup(config, {}, { clock, log })] : []),
    ...(sandboxIsElsewhere
      ? [awsCheckup(config, { endpoint, credentials: SANDBOX_CREDENTIALS }, { clock, log })]
      : []),
  ];
}

/** Runs them; what is embedded is named, so that nobody takes silence for health. */
export async function examineLocally(
  config: Config,
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const embedded = (check: string, what: string): Finding =>
    wellFound({ check }, `Embedded: ${what} in DATA_DIR ${config.dataDir}, while the service runs.`);
  return [
    wellFound(
      { check: 'config' },
      `AWS_MODE ${config.awsMode}, partner ${config.partner}, Regions ${config.regions.join(', ')}.`,
    ),
    ...(config.redisUrl === undefined ? [embedded('redis.embedded', 'a private redis-server')] : []),
    ...(config.databaseUrl === undefined ? [embedded('ledger.embedded', 'PGlite')] : []),
    ...(config.awsMode === 'sandbox' && config.awsEndpoint === undefined
      ? [embedded('aws.embedded', 'the sandbox, and no call goes to AWS,')]
      : []),
    ...(await examineAll(localCheckups(config, surroundings))),
  ];
}
