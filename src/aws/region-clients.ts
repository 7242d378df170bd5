import { EventBridgeClient, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Region } from '../domain/region.ts';
import type { Log } from '../ports.ts';
import { createCutSignals, type CutSignals } from './cut-signals.ts';
import { isAwsEndpoint, resolveEndpoint } from './endpoint.ts';
import { createHttpHandler } from './http-handler.ts';
import { collectObjectBody } from './response-body.ts';

export interface RegionClientsOptions {
  readonly log: Log;
  /** Connections per Region, ≥ 1; calls beyond wait for one, inside their bound. */
  readonly maxSockets: number;
  /** Unset: as the SDK finds it (environment, shared configuration file, AWS's own). */
  readonly endpoint?: string;
  /** Unset: as the SDK finds them (environment, files, container, instance). */
  readonly credentials?: NonNullable<EventBridgeClientConfig['credentials']>;
}

export interface RegionClient {
  readonly sdk: EventBridgeClient;
  /** The command, which `cut` will end; it is then sent without options. */
  readonly cutBy: CutSignals['cutBy'];
}

export interface RegionClients {
  /** The Region's one client; the first use of a Region logs where its calls go. */
  of(region: Region): Promise<RegionClient>;
  /** Cuts what is under way; no client is given out after it. */
  close(): void;
}

/** One SDK client per Region, made on first use and kept: it holds the connections and the corrected clock. */
export function createRegionClients(options: RegionClientsOptions): RegionClients {
  const clients = new Map<Region, { client: RegionClient; announced: Promise<void> }>();
  let closed = false;
  return {
    async of(region) {
      if (closed) throw new Error('The partner gateway is closed.');
      let entry = clients.get(region);
      if (entry === undefined) {
        entry = { client: newClient(region, options), announced: announce(region, options) };
        clients.set(region, entry);
      }
      await entry.announced;
      return entry.client;
    },
    close() {
      closed = true;
      for (const { client } of clients.values()) client.sdk.destroy();
      clients.clear();
    },
  };
}

function newClient(region: Region, options: RegionClientsOptions): RegionClient {
  const { endpoint, credentials, maxSockets } = options;
  const cutSignals = createCutSignals();
  const sdk: EventBridgeClient = new EventBridgeClient({
    region,
    // The SDK's retries would make one create two, and count LimitExceeded as throttling.
    maxAttempts: 1,
    requestHandler: createHttpHandler({ connections: maxSockets, signalOf: cutSignals.of }),
    streamCollector: collectObjectBody,
    // The middleware stack is resolved once for each operation, the signer made once for all.
    cacheMiddleware: true,
    signer: () => Promise.resolve(signer),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  // Names and time come with each request, from the SDK; credentials are the client's, which renews them.
  const signer = new SignatureV4({
    credentials: () => sdk.config.credentials(),
    region,
    service: 'events',
    sha256: sdk.config.sha256,
  });
  cutSignals.attach(sdk);
  return { sdk, cutBy: cutSignals.cutBy };
}

/** A stray variable diverts production, a missing one sends tests to AWS: either shows here. */
async function announce(region: Region, { endpoint, log }: RegionClientsOptions): Promise<void> {
  const resolved = await resolveEndpoint(region, endpoint);
  const fields = { region, endpoint: resolved };
  if (endpoint === undefined && !isAwsEndpoint(resolved)) log.warn(fields, 'aws.endpoint_diverted');
  else log.info(fields, 'aws.endpoint_resolved');
}
