import type { ChangeOptions } from './call-options.ts';
import type { Call } from './http-call.ts';

type Place = Pick<Call, 'method' | 'path' | 'query' | 'signal'>;

export function onboardingPath(method: Call['method'], id: string, rest = ''): Pick<Call, 'method' | 'path'> {
  return { method, path: `v1/onboardings/${encodeURIComponent(id)}${rest}` };
}

export function replayPath(method: Call['method'], id: string, rest = ''): Pick<Call, 'method' | 'path'> {
  return { method, path: `v1/replays/${encodeURIComponent(id)}${rest}` };
}

export function regionPath(
  region: string,
  action: 'pause' | 'resume' | 'drain',
  options: ChangeOptions,
): Place {
  return changing(`v1/regions/${encodeURIComponent(region)}/${action}`, options);
}

/** A POST that can be tried without changing anything. */
export function changing(path: string, { dryRun, signal }: ChangeOptions): Place {
  return { method: 'POST', path, query: { dryRun: dryRun === true ? true : undefined }, signal };
}
