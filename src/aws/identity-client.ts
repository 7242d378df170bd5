import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { collectBody } from './response-body.ts';

/** Asks AWS whose credentials these are, once and with a bound on the size of the answer. */
export function createIdentityClient(
  region: string,
  access: Pick<STSClientConfig, 'endpoint' | 'credentials'> = {},
): STSClient {
  return new STSClient({ ...access, region, maxAttempts: 1, streamCollector: collectBody });
}
