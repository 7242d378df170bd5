import { DescribePartnerEventSourceCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';

/**
 * The address that calls for a Region go to, as a call itself would find it: the given endpoint, else
 * `AWS_ENDPOINT_URL_EVENTBRIDGE`, `AWS_ENDPOINT_URL` or the shared configuration file, else AWS's own for that
 * Region. Nothing is sent. Rejects with a TypeError for an endpoint that is no URL.
 */
export async function resolveEndpoint(region: string, endpoint?: string): Promise<string> {
  const client = new EventBridgeClient({
    region,
    // Never sent. Without them the SDK would search for real ones, to name their origin in the user agent.
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  let resolved = '';
  // The request has its address once it is built; signing and sending come after this step, and are left out.
  client.middlewareStack.add(
    () => (args) => {
      resolved = addressOf(args.request as RequestAddress);
      return Promise.resolve({ output: { $metadata: {} }, response: undefined });
    },
    { step: 'build', priority: 'high' },
  );
  try {
    await client.send(new DescribePartnerEventSourceCommand({ Name: 'aws.partner/any/any' }));
    return resolved;
  } finally {
    client.destroy();
  }
}

/** True for an address of AWS in any partition that this service supports. */
export function isAwsEndpoint(endpoint: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}

interface RequestAddress {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
}

function addressOf({ protocol, hostname, port, path }: RequestAddress): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
}
