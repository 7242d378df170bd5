import type { AlertTopic, LastingAlert } from '../domain/alert.ts';

/**
 * The conditions that ALERT_WEBHOOK_URL is told of and that nothing else in the ledger records. Each is a row while it lasts; the
 * message is written with the row's beginning or end, so it is told once however many processes see it.
 */
export interface AlertLedger {
  lastingAlerts(): Promise<readonly LastingAlert[]>;
  /**
   * Tells it, unless it lasts already. `holder` then is who sees it, until it has not said so for half a minute: a process
   * that alone has lost its way to Redis does not take turns with the others.
   */
  beginAlert(alert: LastingAlert, by: { at: string; holder: string }): Promise<'told' | 'lasting'>;
  /** Tells its end, unless it has ended, or another process still sees it. */
  endAlert(topic: AlertTopic, by: { at: string; holder: string }): Promise<'told' | 'none'>;
  /** Tells that the ledger is back, unless that was told since. */
  tellLedgerBack(outage: LastingAlert, at: string): Promise<'told' | 'none'>;
  /** How many onboardings failed since an instant, by error code. */
  failuresSince(since: string): Promise<ReadonlyMap<string, number>>;
}

/** A text in Redis, while the ledger cannot be used, so that one process tells it. All throw QueueUnavailableError. */
export interface OutageNote {
  /** Writes it unless there is one. @returns whether it did */
  claim(text: string, forMs: number): Promise<boolean>;
  write(text: string, forMs: number): Promise<void>;
  read(): Promise<string | null>;
}
