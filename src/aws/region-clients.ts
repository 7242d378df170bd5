import { EventBridgeClient, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { type OutboundProxies, proxyFor, proxyOrigin } from '../domain/outbound-proxy.ts';
import type { Region } from '../domain/region.ts';
import type { Log } from '../ports.ts';
import { createDirectCreate, type DirectCreate } from './direct-create.ts';
import { collectObjectBody, createHttpConnections, createHttpHandler, originOf } from './http-handler.ts';
import { draftRequest, type RequestDraft } from './request-draft.ts';
import { createRequestRiders, type RequestRiders } from './request-riders.ts';

export interface RegionClientsOptions {
  readonly log: Log;
  /** Connections per Region, ≥ 1; calls beyond wait for one, inside their bound. */
  readonly maxSockets: number;
  /** Unset: as the SDK finds it (environment, shared configuration file, AWS's own). */
  readonly endpoint?: string;
  /** What leads out; unset: nothing is in the way. */
  readonly proxies?: OutboundProxies;
  /** Unset: as the SDK finds them (environment, files, container, instance). */
  readonly credentials?: NonNullable<EventBridgeClientConfig['credentials']>;
}

export interface RegionClient {
  readonly sdk: EventBridgeClient;
  /** The command, whose request `cut` will end; it is then sent without options. */
  readonly cutBy: <C extends Parameters<RequestRiders['put']>[0]>(command: C, cut: AbortSignal) => C;
  /** CreatePartnerEventSource by the short way; what it gives and throws is what the SDK would. */
  readonly create: DirectCreate;
  /** AWS has refused the credentials: they are loaded again, with what files and endpoints hold then, by `renewed`. */
  refused(): void;
  /** Before each call. Rejects as the credentials chain does, and then tries again before the next one. */
  renewed(): Promise<void>;
}

export interface RegionClients {
  /** The Region's one client; the first use of a Region logs where its calls go. */
  of(region: Region): Promise<RegionClient>;
  /** Cuts what is under way; no client is given out after it. */
  close(): void;
}

/** One SDK client per Region, made on first use and kept: it holds the connections and the corrected clock. */
export function createRegionClients(options: RegionClientsOptions): RegionClients {
  const clients = new Map<Region, Promise<RegionClient>>();
  const opened = new Set<EventBridgeClient>();
  let closed = false;
  const open = async (region: Region): Promise<RegionClient> => {
    const draft = await draftRequest(region, options.endpoint);
    announce(region, addressOf(draft), options);
    const client = newClient(region, draft, options);
    opened.add(client.sdk);
    if (closed) client.sdk.destroy();
    return client;
  };
  return {
    async of(region) {
      if (closed) throw new Error('The partner gateway is closed.');
      let client = clients.get(region);
      if (client === undefined) {
        client = open(region);
        clients.set(region, client);
      }
      return client;
    },
    close() {
      closed = true;
      for (const sdk of opened) sdk.destroy();
      clients.clear();
    },
  };
}

/** The SDK's own chain, which by itself would keep every file as it was when the process first read it. */
export const credentialsChain = () => defaultProvider({ ignoreCache: true });

function newClient(region: Region, draft: RequestDraft, options: RegionClientsOptions): RegionClient {
  const { endpoint, credentials, maxSockets } = options;
  const connections = createHttpConnections(maxSockets, options.proxies);
  const riders = createRequestRiders();
  const sdk: EventBridgeClient = new EventBridgeClient({
    region,
    // The SDK's retries would make one create two, and count LimitExceeded as throttling.
    maxAttempts: 1,
    requestHandler: createHttpHandler(connections, async (request) => {
      const { cut, answer } = riders.of(request) ?? {};
      return answer ?? connections.send(request, cut);
    }),
    streamCollector: collectObjectBody,
    // The middleware stack is resolved once for each operation, the signer made once for all.
    cacheMiddleware: true,
    signer: () => Promise.resolve(signer),
    ...(endpoint === undefined ? {} : { endpoint }),
    credentials: credentials ?? credentialsChain(),
  });
  // Names and time come with each request; credentials are the client's, which renews them.
  const signer = new SignatureV4({
    credentials: () => sdk.config.credentials(),
    region,
    service: 'events',
    sha256: sdk.config.sha256,
  });
  riders.attach(sdk);
  let areRefused = false;
  return {
    sdk,
    refused() {
      areRefused = true;
    },
    async renewed() {
      if (!areRefused) return;
      await sdk.config.credentials({ forceRefresh: true });
      areRefused = false;
    },
    cutBy: (command, cut) => riders.put(command, { cut }),
    create: createDirectCreate({ sdk, signer, connections, riders, draft }),
  };
}

/** A stray variable diverts production, a missing one sends tests to AWS: either shows here. */
function announce(region: Region, resolved: string, { endpoint, log, proxies }: RegionClientsOptions): void {
  const proxy = proxies && proxyFor(new URL(resolved), proxies);
  const fields = {
    region,
    endpoint: resolved,
    ...(proxy === undefined ? {} : { proxy: proxyOrigin(proxy) }),
  };
  if (endpoint === undefined && !isAwsEndpoint(resolved)) log.warn(fields, 'aws.endpoint_diverted');
  else log.info(fields, 'aws.endpoint_resolved');
}

/**
 * The address that calls for a Region go to, as a call itself would find it: the given endpoint, else
 * `AWS_ENDPOINT_URL_EVENTBRIDGE`, `AWS_ENDPOINT_URL` or the shared configuration file, else AWS's own for that
 * Region. Nothing is sent. Rejects with a TypeError for an endpoint that is no URL.
 */
export async function resolveEndpoint(region: string, endpoint?: string): Promise<string> {
  return addressOf(await draftRequest(region, endpoint));
}

const addressOf = (draft: RequestDraft): string => originOf(draft) + draft.path;

/** True for an address of AWS in any partition that this service supports. */
export function isAwsEndpoint(endpoint: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}
