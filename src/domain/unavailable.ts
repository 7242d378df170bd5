/**
 * Broken infrastructure, as exceptions: the adapters translate their vendor's errors into these, so that a use
 * case can tell "the ledger is down" from a bug without knowing the vendor. `cause` keeps the original.
 */
class UnavailableError extends Error {
  /** Set when the server responds, and refuses: why, such as `OOM` or `read-only`. No secret is in it. */
  readonly refusal: string | undefined;

  constructor(
    message: string,
    { refusal, ...options }: ErrorOptions & { refusal?: string | undefined } = {},
  ) {
    super(message, options);
    this.refusal = refusal;
  }
}

export class LedgerUnavailableError extends UnavailableError {
  override readonly name = 'LedgerUnavailableError';
}

export class QueueUnavailableError extends UnavailableError {
  override readonly name = 'QueueUnavailableError';
}

/** A page cursor that this service did not make. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
}
