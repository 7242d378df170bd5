/**
 * Looks at AWS without changing anything there: it reads a source that cannot exist, by the two reads that the service
 * makes. It takes no slot of the Region's rate, because it must work while Redis does not: two calls in a Region, when an
 * operator asks for them.
 */
import {
  DescribePartnerEventSourceCommand,
  ListPartnerEventSourceAccountsCommand,
} from '@aws-sdk/client-eventbridge';
import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { broken, doubtful, type Finding, judgeSkew, saidOnce, wellFound } from '../domain/finding.ts';
import type { Region } from '../domain/region.ts';
import type { Clock, Log } from '../ports.ts';
import type { Checkup } from '../ports/doctor.ts';
import { withinBound } from './call-bound.ts';
import { classifyError, type Judgement } from './classify-error.ts';
import { collectBody } from './http-handler.ts';
import {
  createRegionClients,
  credentialsChain,
  isAwsEndpoint,
  type RegionClient,
  type RegionClientsOptions,
  resolveEndpoint,
} from './region-clients.ts';

export interface GatewayCheckupOptions extends Omit<RegionClientsOptions, 'maxSockets'> {
  readonly regions: readonly Region[];
  readonly partner: string;
  /** `sandbox`: the credentials belong to no account. */
  readonly mode: 'live' | 'sandbox';
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

interface Probe {
  readonly check: string;
  readonly action: string;
  readonly send: (client: RegionClient, name: string, cut: AbortSignal) => Promise<unknown>;
}

const CALL_WITHIN_MS = 5_000;

const PROBES: readonly Probe[] = [
  {
    check: 'aws.describe',
    action: 'events:DescribePartnerEventSource',
    send: ({ sdk, cutBy }, Name, cut) =>
      sdk.send(cutBy(new DescribePartnerEventSourceCommand({ Name }), cut)),
  },
  {
    check: 'aws.listAccounts',
    action: 'events:ListPartnerEventSourceAccounts',
    send: ({ sdk, cutBy }, EventSourceName, cut) =>
      sdk.send(cutBy(new ListPartnerEventSourceAccountsCommand({ EventSourceName, Limit: 1 }), cut)),
  },
];

export function createGatewayCheckup(options: GatewayCheckupOptions): Checkup {
  return async (signal) => {
    const clients = createRegionClients({ ...options, maxSockets: PROBES.length });
    try {
      const [identity, ...regions] = await Promise.all([
        identityOf(options, signal),
        ...options.regions.map(async (region) =>
          lookAtRegion(region, await clients.of(region), { options, signal }),
        ),
      ]);
      return [...identity, ...saidOnce(regions.flat(), options.regions, withoutAction)];
    } finally {
      clients.close();
    }
  };
}

/** Both calls meet the same trouble, such as missing credentials. */
const withoutAction = ({ message }: Finding): string => message.replace(/^events:\w+ /, '');

/** Who AWS takes us for. Not asked where EventBridge's calls do not go to AWS either. */
async function identityOf(options: GatewayCheckupOptions, signal: AbortSignal): Promise<readonly Finding[]> {
  const look = { check: 'aws.identity' };
  const [region] = options.regions;
  if (options.mode === 'sandbox' || region === undefined)
    return [wellFound(look, 'Sandbox mode: no AWS calls are made and no sources are created.')];
  const endpoint = await resolveEndpoint(region, options.endpoint);
  if (!isAwsEndpoint(endpoint))
    return [
      doubtful(
        look,
        `EventBridge calls go to ${new URL(endpoint).origin}, not to AWS.`,
        'If this is not intended, unset AWS_ENDPOINT_URL_EVENTBRIDGE and AWS_ENDPOINT_URL.',
      ),
    ];
  const sts = createIdentityClient(region);
  try {
    const { Account, Arn } = await withinBound(
      (abortSignal) => sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
      { timeoutMs: CALL_WITHIN_MS, signal },
    );
    return [wellFound(look, `Account ${Account ?? '?'}, ${Arn ?? 'without a name'}.`)];
  } catch (error) {
    signal.throwIfAborted();
    const judged = classifyError(error, options.clock.now());
    const why = judged.kind === 'fault' ? `${judged.fault.code}: ${judged.fault.message}` : String(error);
    return [
      doubtful(
        look,
        `AWS did not confirm the credentials’ identity. ${why}`,
        'Check the credentials: `aws sts get-caller-identity` in the service’s environment.',
      ),
    ];
  } finally {
    sts.destroy();
  }
}

async function lookAtRegion(
  region: Region,
  client: RegionClient,
  { options, signal }: { options: GatewayCheckupOptions; signal: AbortSignal },
): Promise<readonly Finding[]> {
  // A name that no customer has: the service's own ones end in what its callers chose.
  const name = `aws.partner/${options.partner}/onboard-doctor/no-such-source`;
  const looks = await Promise.all(
    PROBES.map(async (probe) => {
      const askedAt = options.clock.now();
      try {
        await withinBound((cut) => probe.send(client, name, cut), { timeoutMs: CALL_WITHIN_MS, signal });
        return { finding: allowed(probe, region), ahead: undefined };
      } catch (error) {
        signal.throwIfAborted();
        const now = options.clock.now();
        const judged = classifyError(error, now);
        if (judged.kind === 'bug' && !(error instanceof Error && error.name === 'CallTimeoutError'))
          throw error;
        return { finding: judge(probe, region, judged), ahead: aheadOf(error, (askedAt + now) / 2) };
      }
    }),
  );
  const ahead = looks.find((look) => look.ahead !== undefined)?.ahead;
  return [
    ...looks.map(({ finding }) => finding),
    ...(ahead === undefined
      ? []
      : [judgeSkew({ check: 'aws.clock', subject: region }, 'AWS’s clock', ahead)]),
  ];
}

const allowed = ({ check, action }: Probe, subject: Region): Finding =>
  wellFound({ check, subject }, `${action} is allowed, and the Region responds.`);

function judge(probe: Probe, region: Region, judged: Judgement): Finding {
  const look = { check: probe.check, subject: region };
  if (judged.kind === 'notFound') return allowed(probe, region);
  if (judged.kind !== 'fault')
    return broken(
      look,
      `${probe.action} did not respond within ${CALL_WITHIN_MS / 1_000} s.`,
      'Check the network path to AWS: proxy, firewall, VPC endpoint.',
    );
  const { kind, code, message } = judged.fault;
  const said = `${probe.action} returned ${code}: ${message}`;
  switch (kind) {
    case 'regionOff':
      return broken(
        look,
        said,
        'Partner event sources are off in this Region. Remove it from REGIONS, or ask AWS to register the partner there.',
      );
    case 'operatorFault':
      return broken(
        look,
        said,
        'Grant the policy that `onboard iam-policy` prints, and check that AWS has registered this account as a publishing account of the partner in this Region.',
      );
    case 'throttled':
      return doubtful(look, said, 'Try again later: other calls of the account use up the quota.');
    default:
      return broken(look, said, 'Check the network path to AWS, and https://health.aws.amazon.com.');
  }
}

/** AWS's clock, by the Date header of what it answered; undefined where there was no answer. */
function aheadOf(error: unknown, now: number): number | undefined {
  const { $response: response } = error as { $response?: { headers?: Readonly<Record<string, string>> } };
  const at = Date.parse(response?.headers?.['date'] ?? '');
  // The header has whole seconds: half of one is the best guess at the rest.
  return Number.isNaN(at) ? undefined : at + 500 - now;
}

/** Asks AWS whose credentials these are, once and with a bound on the size of the answer. */
export function createIdentityClient(
  region: string,
  { credentials = credentialsChain(), ...access }: Pick<STSClientConfig, 'endpoint' | 'credentials'> = {},
): STSClient {
  return new STSClient({ ...access, credentials, region, maxAttempts: 1, streamCollector: collectBody });
}
