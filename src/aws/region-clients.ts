import { EventBridgeClient, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import type { Region } from '../domain/region.ts';
import type { Log } from '../ports.ts';
import { isAwsEndpoint, resolveEndpoint } from './endpoint.ts';
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

export interface RegionClients {
  /** The Region's one client; the first use of a Region logs where its calls go. */
  of(region: Region): Promise<EventBridgeClient>;
  /** Cuts what is under way; no client is given out after it. */
  close(): void;
}

/** One SDK client per Region, made on first use and kept: it holds the connections and the corrected clock. */
export function createRegionClients(options: RegionClientsOptions): RegionClients {
  const clients = new Map<Region, { client: EventBridgeClient; announced: Promise<void> }>();
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
      for (const { client } of clients.values()) client.destroy();
      clients.clear();
    },
  };
}

function newClient(region: Region, options: RegionClientsOptions): EventBridgeClient {
  const { endpoint, credentials, maxSockets, log } = options;
  const agent = { keepAlive: true, maxSockets };
  return new EventBridgeClient({
    region,
    // The SDK's retries would make one create two, and count LimitExceeded as throttling.
    maxAttempts: 1,
    requestHandler: { httpAgent: agent, httpsAgent: agent, logger: sdkLogger(log, region) },
    streamCollector: collectObjectBody,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  });
}

/** A stray variable diverts production, a missing one sends tests to AWS: either shows here. */
async function announce(region: Region, { endpoint, log }: RegionClientsOptions): Promise<void> {
  const resolved = await resolveEndpoint(region, endpoint);
  const fields = { region, endpoint: resolved };
  if (endpoint === undefined && !isAwsEndpoint(resolved)) log.warn(fields, 'aws.endpoint_diverted');
  else log.info(fields, 'aws.endpoint_resolved');
}

/** Without it the SDK's handler writes to the console when all sockets are in use. */
function sdkLogger(log: Log, region: Region): Record<'debug' | 'info' | 'warn' | 'error', SdkLog> {
  const warn: SdkLog = (...content) => log.warn({ region, detail: content.join(' ') }, 'aws.sdk_warning');
  const silent: SdkLog = () => undefined;
  return { debug: silent, info: silent, warn, error: warn };
}

type SdkLog = (...content: unknown[]) => void;
