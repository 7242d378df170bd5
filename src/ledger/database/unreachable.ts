import { LedgerUnavailableError } from '../../domain/unavailable.ts';
import { isTlsTrouble, isUnreadableFile } from './refused.ts';

/** What the operating system, or Node, says about a server that is not there. ENOENT: its unix socket. */
const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'EADDRNOTAVAIL',
  'ENOENT',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/**
 * SQLSTATEs (PostgreSQL manual, appendix A) about the server and not the statement: 08 connection, 28 and 3D credentials or
 * database, 53 disk, memory or connections, 57P shutdown or start, 58 I/O, 57014 statement_timeout, 55P03 lock_timeout, 25P03
 * idle in transaction, 25006 a read-only replica after a failover.
 */
const SERVER_STATES = /^(08|28|3D|53|57P|58)|^(57014|55P03|25P03|25006)$/;

/** statement_timeout and lock_timeout. */
const GIVEN_UP = new Set(['57014', '55P03']);

/** pg and PGlite give no code for these. */
const DRIVER_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client was closed and is not queryable|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end|driver has already been destroyed|PGlite is closed)/;

/** True for an error that says "the database is not there" rather than "the statement is wrong". */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof LedgerUnavailableError) return true;
  if (error instanceof AggregateError) return error.errors.some(isUnreachable);
  if (!(error instanceof Error) || isUnreadableFile(error)) return false;
  if (isTlsTrouble(error)) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SYSTEM_CODES.has(code) || SERVER_STATES.test(code) || DRIVER_MESSAGES.test(error.message);
}

/** True when another transaction held what the call needed, for longer than the call may wait. */
export function isHeldUp(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === '55P03') || isHeldUp(error.cause);
}

/** True when the connection is of no more use; one whose statement was cut by its time limit still is. */
export function isLost(error: unknown): boolean {
  return isUnreachable(error) && !isCut(error);
}

/** True for a statement that took, or waited for a lock, longer than it may, or was cancelled by hand. */
export function isCut(error: unknown): boolean {
  return error instanceof Error && 'code' in error && GIVEN_UP.has(String(error.code));
}

/** SQLSTATEs of a server that responds and does not do the work. */
const REFUSALS: Readonly<Record<string, string>> = {
  '25006': 'read-only',
  '53100': 'disk full',
  '53200': 'out of memory',
  '53300': 'too many connections',
};

const refusalOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? REFUSALS[String(error.code)] : undefined;

/** Runs a ledger call; broken infrastructure comes out as {@link LedgerUnavailableError}, bugs as they are. */
export async function reach<T>(call: () => Promise<T>, answerWithinMs = Infinity): Promise<T> {
  try {
    return await within(call(), answerWithinMs);
  } catch (error) {
    if (error instanceof LedgerUnavailableError || !isUnreachable(error)) throw error;
    const what = isHeldUp(error) ? 'is blocked by another transaction' : 'cannot be reached';
    throw new LedgerUnavailableError(`The ledger's database ${what}: ${messageOf(error)}`, {
      cause: error,
      refusal: refusalOf(error),
    });
  }
}

/** An AggregateError (one refusal per address of a host name) has no message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  if (ms === Infinity) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new LedgerUnavailableError(`The ledger's database did not respond within ${ms} ms.`)),
      ms,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
