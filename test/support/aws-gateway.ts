import { createPartnerGateway, type PartnerGatewayOptions } from '../../src/aws/partner-gateway.ts';
import type { AccountId } from '../../src/domain/account.ts';
import type { Region } from '../../src/domain/region.ts';
import type { SourceName } from '../../src/domain/source-name.ts';
import type { PartnerGateway } from '../../src/ports.ts';
import type { RateGate } from '../../src/ports/rate-gate.ts';
import { recordingLog } from './recording-log.ts';

export const SOURCE = {
  region: 'eu-west-1' as Region,
  sourceName: 'aws.partner/acme.example/42/orders' as SourceName,
  account: '000000000101' as AccountId,
};

/** Always has a slot; counts those it gave, and keeps which calls it was told were throttled. */
export function openGate(): Pick<RateGate, 'take' | 'told'> & {
  readonly taken: Region[];
  readonly throttled: boolean[];
} {
  const taken: Region[] = [];
  const throttled: boolean[] = [];
  return {
    taken,
    throttled,
    told: (_, call) => void throttled.push(call.throttled),
    take(region, signal) {
      signal.throwIfAborted();
      taken.push(region);
      return Promise.resolve();
    },
  };
}

export function gatewayAt(
  endpoint: string | undefined,
  overrides: Partial<PartnerGatewayOptions> = {},
): PartnerGateway {
  return createPartnerGateway({
    timeoutMs: 5_000,
    rateGate: openGate(),
    log: recordingLog(),
    clock: { now: () => Date.now() },
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...overrides,
  });
}
