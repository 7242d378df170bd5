import { CreatePartnerEventSourceCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SdkRequest } from './http-handler.ts';

/** A request as the SDK would send it, but for what differs from call to call: body, signature, invocation id. */
export type RequestDraft = Omit<SdkRequest, 'body'>;

/** What a signature adds: it is made for each body and moment, and one that was there already would be kept. */
const SIGNED_ON = new Set(['authorization', 'x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token']);

/**
 * Lets the SDK write a CreatePartnerEventSource for a Region, and takes it before it is signed: URL, target, content type and
 * user agent are the SDK's own, in any version. Rejects with a TypeError for an endpoint that is no URL.
 * @param endpoint unset: found by the SDK (`AWS_ENDPOINT_URL_EVENTBRIDGE`, `AWS_ENDPOINT_URL`, configuration file, AWS)
 */
export async function draftRequest(region: string, endpoint?: string): Promise<RequestDraft> {
  const client = new EventBridgeClient({
    region,
    maxAttempts: 1,
    // Never sent. Without them the SDK would search for real ones, to name their origin in the user agent.
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  let written: RequestDraft | undefined;
  // The request is whole once it is built; what is sent, and when, comes after this step, and is left out.
  client.middlewareStack.add(
    () => (args) => {
      written = args.request as RequestDraft;
      return Promise.resolve({ output: { $metadata: {} }, response: undefined });
    },
    { step: 'finalizeRequest', priority: 'high', name: 'takeDraft' },
  );
  try {
    await client.send(
      new CreatePartnerEventSourceCommand({ Name: 'aws.partner/any/any', Account: '0'.repeat(12) }),
    );
  } finally {
    client.destroy();
  }
  if (written === undefined) throw new Error('The SDK wrote no request.');
  const { protocol, hostname, port, method, path, headers } = written;
  return {
    protocol,
    hostname,
    ...(port === undefined ? {} : { port }),
    method,
    path,
    headers: unsigned(headers),
  };
}

function unsigned(headers: RequestDraft['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !SIGNED_ON.has(name.toLowerCase())));
}
