/** Who did what, when and why, with the state before and after. */
export interface AuditEntry {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  /** An id or a Region. */
  readonly subject: string;
  readonly reason: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  /** Inclusive ISO 8601 bounds. */
  readonly from?: string;
  readonly to?: string;
}
