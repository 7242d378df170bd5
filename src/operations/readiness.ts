import type { JobQueue, Ledger } from '../ports.ts';

/** What the process can do now; `parts` names each part and, when it is not well, why. */
export interface Readiness {
  readonly status: 'ok' | 'degraded' | 'unavailable';
  readonly parts: Readonly<Record<string, string>>;
}

export interface ReadinessDeps {
  readonly ledger: Pick<Ledger, 'ping'>;
  readonly queue: Pick<JobQueue, 'ping'>;
  /** Whether this process answers HTTP: it still takes onboardings while Redis is down. */
  readonly servesHttp: boolean;
  readonly troubles: () => Readonly<Record<string, string>>;
  readonly stopping: AbortSignal;
}

export async function readReadiness(deps: ReadinessDeps): Promise<Readiness> {
  if (deps.stopping.aborted) return { status: 'unavailable', parts: { service: 'stopping' } };
  const [ledger, queue] = await Promise.all([wellness(deps.ledger.ping()), wellness(deps.queue.ping())]);
  const parts = { ledger, redis: queue, ...deps.troubles() };
  if (ledger !== 'ok' || (queue !== 'ok' && !deps.servesHttp)) return { status: 'unavailable', parts };
  return { status: Object.values(parts).every((part) => part === 'ok') ? 'ok' : 'degraded', parts };
}

/** The error's class only: its message may name hosts, and this answer is open to everybody. */
async function wellness(ping: Promise<void>): Promise<string> {
  try {
    await ping;
    return 'ok';
  } catch (error) {
    return error instanceof Error && error.name.endsWith('UnavailableError') ? 'unreachable' : 'failing';
  }
}
