/** What an operator orders, and says why. */
export interface OperatorRequest {
  /** The name of the token. */
  readonly actor: string;
  readonly reason: string;
  /** True: the same checks, nothing written. */
  readonly dryRun: boolean;
}
