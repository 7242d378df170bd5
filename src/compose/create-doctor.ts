import { createGatewayCheckup } from '../aws/gateway-checkup.ts';
import { createLedgerCheckupOf } from '../ledger/ledger-checkup.ts';
import { wellFound, type Finding } from '../domain/finding.ts';
import { examineAll } from '../operations/doctor.ts';
import type { OutboundProxies } from '../domain/outbound-proxy.ts';
import type { Checkup } from '../ports/doctor.ts';
import { createRedisCheckupOf } from '../queue/redis/checkup.ts';
import type { Config } from '../runtime/config.ts';
import type { ComposeContext } from './context.ts';

/** What the SDK is told beside the Region, in either mode. */
export interface AwsAccess {
  readonly endpoint?: string;
  readonly credentials?: { accessKeyId: string; secretAccessKey: string };
  /** What leads out; unset: nothing is in the way. */
  readonly proxies?: OutboundProxies;
}

export const SANDBOX_CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

type Surroundings = Pick<ComposeContext, 'clock' | 'log'>;

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
 * The looks that need no running service, at what the configuration names: each connects for itself, and nothing is
 * migrated, made or locked. What would be embedded is there only while the service runs; it is named, so that nothing
 * takes silence for health.
 */
export async function examineLocally(
  config: Config,
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const { redisUrl, databaseUrl, awsMode, awsEndpoint: endpoint } = config;
  const embedded =
    (check: string, what: string): Checkup =>
    () =>
      Promise.resolve([
        wellFound({ check }, `Embedded: ${what} in DATA_DIR ${config.dataDir}, while the service runs.`),
      ]);
  const sandbox = (): Checkup =>
    endpoint === undefined
      ? embedded('aws.embedded', 'the sandbox without AWS calls,')
      : awsCheckup(
          config,
          { endpoint, credentials: SANDBOX_CREDENTIALS, proxies: config.proxies },
          surroundings,
        );
  const found = await examineAll([
    redisUrl === undefined
      ? embedded('redis.embedded', 'a private redis-server')
      : createRedisCheckupOf({ url: redisUrl }, surroundings.clock),
    databaseUrl === undefined
      ? embedded('ledger.embedded', 'PGlite')
      : createLedgerCheckupOf(databaseUrl, surroundings),
    awsMode === 'live' ? awsCheckup(config, { proxies: config.proxies }, surroundings) : sandbox(),
  ]);
  return [
    wellFound(
      { check: 'config' },
      `AWS_MODE ${config.awsMode}, partner ${config.partner}, Regions ${config.regions.join(', ')}.`,
    ),
    ...found,
  ];
}
