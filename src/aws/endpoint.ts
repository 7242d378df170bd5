import { draftRequest, type RequestDraft } from './request-draft.ts';

/**
 * The address that calls for a Region go to, as a call itself would find it: the given endpoint, else
 * `AWS_ENDPOINT_URL_EVENTBRIDGE`, `AWS_ENDPOINT_URL` or the shared configuration file, else AWS's own for that
 * Region. Nothing is sent. Rejects with a TypeError for an endpoint that is no URL.
 */
export async function resolveEndpoint(region: string, endpoint?: string): Promise<string> {
  return addressOf(await draftRequest(region, endpoint));
}

export function addressOf({ protocol, hostname, port, path }: RequestDraft): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
}

/** True for an address of AWS in any partition that this service supports. */
export function isAwsEndpoint(endpoint: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}
