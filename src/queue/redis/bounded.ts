import { QueueUnavailableError } from '../../domain/unavailable.ts';

/** How long a call on the queue may take before its caller is told that Redis is unavailable, in milliseconds. */
export const CALL_TIMEOUT_MS = 1_500;

/**
 * Runs a call against Redis within {@link CALL_TIMEOUT_MS}. Failures become a QueueUnavailableError, except JavaScript's own
 * errors, which are bugs. A call that timed out may still take effect, so every caller must be safe to repeat.
 */
export async function bounded<T>(what: string, call: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no response within ${CALL_TIMEOUT_MS} ms`)), CALL_TIMEOUT_MS);
  });
  try {
    return await Promise.race([call(), timeout]);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    throw new QueueUnavailableError(`Redis could not ${what}.`, {
      cause: withoutSecrets(error),
      refusal: refusalOf(error),
    });
  } finally {
    clearTimeout(timer);
  }
}

/** What Redis calls its refusals (redis.io, "Protocol specification": the first word of an error), also those inside a script. */
const REFUSALS =
  /\b(OOM|READONLY|NOREPLICAS|MISCONF|MOVED|ASK|CLUSTERDOWN|CROSSSLOT|TRYAGAIN|MASTERDOWN|LOADING|NOPERM|NOAUTH|WRONGPASS)\b/;

/** Set for an error that Redis answered. A script that may not run a command says so in words (Redis 6 and 7). */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  const [code] = REFUSALS.exec(error.message) ?? [];
  if (code !== undefined) return code;
  return /can't run this command|has no permissions/i.test(error.message) ? 'NOPERM' : 'error';
}

/**
 * A copy that is safe to log: ioredis hangs the failed command with its arguments on its errors, which for AUTH is
 * the password, and an address may hold one too.
 */
export function withoutSecrets(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error)));
  const copy = new Error(redact(messageOf(error)));
  copy.name = error.name;
  return copy;
}

/** Node reports a refused connection on both localhost addresses as an AggregateError with an empty message. */
function messageOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  return error.errors.map((part) => (part instanceof Error ? part.message : String(part))).join('; ');
}

function redact(text: string): string {
  return text.replace(/\/\/[^/\s]*@/g, '//***@');
}
