/** The database will not have us as we are configured: waiting does not help. The message names the variable and the fix. */
export class LedgerRefusedError extends Error {
  override readonly name = 'LedgerRefusedError';
}

const TLS_CODE =
  /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|(SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED)_CERT|UNABLE_TO_(GET|VERIFY|DECRYPT)_)/;
const NO_TLS = 'The server does not support SSL connections';
/** PgBouncer has the state of a protocol violation for whatever it says; these pass. */
const PASSING =
  /server login has been failing|connect failed|cannot connect to server|_timeout|no more connections|shutting down|server conn|closed/i;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A certificate that is not trusted, or no TLS where it is required. */
export function isTlsTrouble(error: unknown): boolean {
  return error instanceof Error && (TLS_CODE.test(codeOf(error)) || error.message.startsWith(NO_TLS));
}

/** A file that the URL names (`sslrootcert`, `sslcert`, `sslkey`); the socket of a server is connected to, not opened. */
export function isUnreadableFile(error: unknown): error is Error & { path: string } {
  if (!(error instanceof Error) || !('syscall' in error)) return false;
  // A folder opens and cannot be read; a socket is read too, but fails in other ways.
  return error.syscall === 'open' || (error.syscall === 'read' && codeOf(error) === 'EISDIR');
}

/** What PgBouncer says to start-up parameters that it cannot pass on. */
export function isStartupRefused(error: unknown): boolean {
  return error instanceof Error && /unsupported startup parameter/i.test(error.message);
}

/** What to do about an error that no wait ends; undefined for any other. */
export function cureFor(error: unknown, variable: string): string | undefined {
  if (error instanceof AggregateError) {
    const cures = error.errors.map((one) => cureFor(one, variable));
    return cures.includes(undefined) ? undefined : cures[0];
  }
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  const { message } = error;
  if (isUnreadableFile(error)) return `Correct the path in ${variable}, and let the service read the file.`;
  if (message.startsWith(NO_TLS)) return `Enable TLS on the server, or remove sslmode from ${variable}.`;
  if (isTlsTrouble(error)) {
    return `Name the certificate of its authority: add sslrootcert=/path/to/ca.pem to ${variable}, or set NODE_EXTRA_CA_CERTS to that file.`;
  }
  if (code === '3D000' || message.startsWith('no such database')) {
    return `Create the database, or correct its name in ${variable}.`;
  }
  if (code.startsWith('28') || /^(SASL|no such user)/.test(message)) {
    return `Check the user name and password in ${variable}, and pg_hba.conf of the server.`;
  }
  if ('severity' in error && error.severity === 'FATAL' && /^(22023|42501|42704)$/.test(code)) {
    return `Check the parameters in ${variable}, and that the role may connect to the database.`;
  }
  if (code === '08P01' && !PASSING.test(message)) {
    return `Check that ${variable} names a PostgreSQL server or a pooler for one, and its parameters behind the "?".`;
  }
  return undefined;
}
