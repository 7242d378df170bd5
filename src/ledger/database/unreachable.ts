import { LedgerUnavailableError } from '../../domain/unavailable.ts';

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
  if (!(error instanceof Error)) return false;
  if (isFileMissing(error)) return false;
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
  return (
    isUnreachable(error) && !(error instanceof Error && 'code' in error && GIVEN_UP.has(String(error.code)))
  );
}

/** What waiting will not help, by SQLSTATE or by the code of Node or of OpenSSL, with the fix. */
const HOPELESS: readonly (readonly [RegExp, string])[] = [
  [
    /^28/,
    'Check user and password in DATABASE_URL: percent-encode special characters, such as # as %23. The server’s pg_hba.conf must allow the connection.',
  ],
  [/^3D/, 'Create the database, or correct its name at the end of DATABASE_URL.'],
  [/^08P01$/, 'DATABASE_URL must lead to PostgreSQL or to a pooler that speaks its protocol.'],
  [
    /^57014$/,
    'A limit of the role, the database or a pooler cancels long statements: raise it, or set DATABASE_DIRECT_URL to a connection without it.',
  ],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_\w+)$/,
    'For a private CA, add sslrootcert=<file> to DATABASE_URL, or set NODE_EXTRA_CA_CERTS to its file. The certificate must be valid for the host.',
  ],
];
const NO_TLS = /server does not support SSL/i;

/** Why no wait will help and how to fix it, as a sentence; undefined: a wait may. */
export function hopelessBecause(error: unknown): string | undefined {
  if (error instanceof AggregateError) return error.errors.map(hopelessBecause).find(Boolean);
  if (!(error instanceof Error)) return undefined;
  if (isFileMissing(error)) return `DATABASE_URL names a file that cannot be read: ${messageOf(error)}.`;
  const code = 'code' in error ? String(error.code) : '';
  const fix = NO_TLS.test(error.message)
    ? 'Enable TLS at the server, or remove sslmode from DATABASE_URL.'
    : HOPELESS.find(([codes]) => codes.test(code))?.[1];
  return fix === undefined ? undefined : `The database rejects the connection: ${messageOf(error)}. ${fix}`;
}

/** A certificate or a key, read when pg parses the address; the socket of a server that is not up fails in `connect`. */
const isFileMissing = (error: Error): boolean => 'syscall' in error && error.syscall === 'open';

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
