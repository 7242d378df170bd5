export interface ClientOptions {
  /** Where the service listens, such as `https://onboard.example.com`; a path in front of the API is kept. */
  readonly url: string;
  /** One of the service's `API_TOKENS`. */
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface EnqueueOptions extends CallOptions {
  /** Makes a repetition of the call, by another process too, get the first one's answer for 24 hours. Default: a new UUID. */
  readonly idempotencyKey?: string | undefined;
  /**
   * Milliseconds for all tries and the waits between them; 0: one try; Infinity: until the signal aborts. Default 30,000;
   * for each call of `enqueueMany` 90,000.
   */
  readonly withinMs?: number;
}

export interface PageOptions extends CallOptions {
  readonly limit?: number;
  /** The `nextCursor` of the page before, with the same filter. */
  readonly cursor?: string | undefined;
}

export interface ChangeOptions extends CallOptions {
  /** The same checks, nothing written: the value is what would be. */
  readonly dryRun?: boolean;
}

/** Why it is done; kept in the audit with the token's name. */
export interface ReasonGiven {
  readonly reason: string;
}
