import {
  CreatePartnerEventSourceCommand,
  EventBridgeClient,
  type EventBridgeClientConfig,
} from '@aws-sdk/client-eventbridge';
import { Agent } from 'node:http';
import type { Place } from '../support/place.ts';

type Create = (source: { Name: string; Account: string }) => Promise<string | undefined>;

/** One client for the process, otherwise the SDK's defaults. */
export function sdkDefaults(place: Place): Create {
  return creating(place, {});
}

/** As the SDK's documentation tells those who meet the end of its 50 sockets. */
export function sdkWithAgent(place: Place, concurrency: number): Create {
  const maxSockets = concurrency + 10;
  return creating(place, { requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets }) } });
}

function creating({ awsUrl }: Place, config: EventBridgeClientConfig): Create {
  const client = new EventBridgeClient({
    region: 'us-east-1',
    endpoint: awsUrl,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    ...config,
  });
  return async (source) => (await client.send(new CreatePartnerEventSourceCommand(source))).EventSourceArn;
}
