import type { Call } from './http-call.ts';

export function onboardingPath(method: Call['method'], id: string, rest = ''): Pick<Call, 'method' | 'path'> {
  return { method, path: `v1/onboardings/${encodeURIComponent(id)}${rest}` };
}

export function regionPath(
  region: string,
  action: 'pause' | 'resume',
  { dryRun, signal }: { readonly dryRun?: boolean; readonly signal?: AbortSignal | undefined },
): Pick<Call, 'method' | 'path' | 'query' | 'signal'> {
  const query = { dryRun: dryRun === true ? true : undefined };
  return { method: 'POST', path: `v1/regions/${encodeURIComponent(region)}/${action}`, query, signal };
}
