/**
 * Broken infrastructure, as exceptions: the adapters translate their vendor's errors into these, so that a use
 * case can tell "the ledger is down" from a bug without knowing the vendor. `cause` keeps the original.
 */
export class LedgerUnavailableError extends Error {
  override readonly name = 'LedgerUnavailableError';
}

export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
}

/** A page cursor that this service did not make. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
}
